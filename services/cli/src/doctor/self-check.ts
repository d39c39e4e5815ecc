import { type Answer, endpoints } from '@touchstone/api';
import { type Client, TouchstoneError } from '@touchstone/client';
import { ask } from '../ask.ts';
import { whole } from '../terminal/style.ts';
import { bad, type Check, good, unknown } from './check.ts';

const WHAT = 'answers to each other';

/** How many of the differing checks, and of the journeys, are named. */
const NAMED = 3;

/**
 * Whether the answers to questions about many journeys agree with each other.
 * @throws the client's errors.
 */
export async function selfCheck(client: Client): Promise<Check> {
  try {
    return inWords(await ask(client, endpoints.getSelfCheck, {}));
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    if (error.status === 404) return unknown(WHAT, 'this system does not check them');
    if (error.problem.code === 'too_costly') return unknown(WHAT, `too much at once: ${error.message}`);
    throw error;
  }
}

function inWords({ ok, moved, checks, journeys }: Answer<typeof endpoints.getSelfCheck>): Check {
  if (ok) return good(WHAT, `agree in all of ${whole(checks.length)} checks`);
  const differing = checks.filter((check) => !check.ok);
  const found = `${whole(differing.length)} of ${whole(checks.length)} checks differ: ${listed(
    differing.map(({ name, left, right }) => `${name}: ${whole(left)} and ${whole(right)}`),
  )}`;
  if (moved) return unknown(WHAT, `rows are being written all the time; ${found}`);
  const named = journeys.map(({ customerId, journeyId }) => `${journeyId} of ${customerId}`);
  return bad(
    WHAT,
    named.length === 0 ? found : `${found}; journeys: ${listed(named)}`,
    'GET /v1/self-check names all of it; `pnpm touchstone rebuild` makes the rows anew from the log.',
  );
}

const listed = (all: readonly string[]) =>
  `${all.slice(0, NAMED).join(', ')}${all.length > NAMED ? ` and ${whole(all.length - NAMED)} more` : ''}`;
