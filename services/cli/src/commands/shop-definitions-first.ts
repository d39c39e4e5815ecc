import { endpoints } from '@touchstone/api';
import { type Client, TouchstoneError } from '@touchstone/client';
import { shopDefinitions } from '@touchstone/demo-shop';
import { ask } from '../ask.ts';

const CONSEQUENCE =
  'Without them nothing says what completes a journey: those that were delivered would count as abandoned after 30 days.';

/**
 * Puts the shop's definitions before the first event; a type that the system already defines is
 * left as it is. Returns a sentence about what is still missing, or null; rejects if the system
 * does not answer.
 */
export async function putShopDefinitions(client: Client): Promise<string | null> {
  const known = await refusedAsNull(ask(client, endpoints.listDefinitions, {}));
  if (known === null) {
    return `This key may not read definitions, so whether the shop's are in force is not known. ${CONSEQUENCE}`;
  }
  const inForce = new Set(known.items.filter(({ state }) => state === 'in-force').map(({ type }) => type));
  const waiting: string[] = [];
  const refused: string[] = [];
  for (const definition of shopDefinitions) {
    const { type } = definition;
    if (inForce.has(type)) continue;
    const put = await refusedAsNull(ask(client, endpoints.putDefinition, { params: { type }, body: definition }));
    if (put === null) refused.push(type);
    else if (put.state === 'waiting') waiting.push(type);
  }
  if (refused.length > 0) {
    return `This system has no definition of ${listed(refused)}, and this key may not put them (scope admin). ${CONSEQUENCE}`;
  }
  if (waiting.length === 0) return null;
  return `The definitions of ${listed(waiting)} wait, because there is history here already: \`pnpm touchstone rebuild\` brings them into force. ${CONSEQUENCE}`;
}

/** A missing permission of the key is not a failure here. */
async function refusedAsNull<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TouchstoneError && (error.status === 401 || error.status === 403)) return null;
    throw error;
  }
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
