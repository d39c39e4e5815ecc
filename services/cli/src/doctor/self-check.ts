import { type Client, TouchstoneError } from '@touchstone/client';
import { z } from 'zod';
import { readAnswer } from '../commands/answers.ts';
import { whole } from '../terminal/style.ts';
import { bad, type Check, good, unknown } from './check.ts';

const selfCheckAnswer = z.object({
  ok: z.boolean(),
  moved: z.boolean().optional(),
  checks: z.array(z.object({ name: z.string(), left: z.number(), right: z.number(), ok: z.boolean() })),
  journeys: z.array(z.object({ customerId: z.string(), journeyId: z.string() })),
});

const PATH = '/v1/self-check';
const WHAT = 'answers to each other';

/** How many of the differing checks, and of the journeys, are named. */
const NAMED = 3;

/**
 * Whether the answers to questions about many journeys agree with each other.
 * @throws the client's errors.
 */
export async function selfCheck(client: Client): Promise<Check> {
  try {
    return inWords(readAnswer(selfCheckAnswer, await client.get(PATH), PATH));
  } catch (error) {
    if (!(error instanceof TouchstoneError)) throw error;
    if (error.status === 404) return unknown(WHAT, 'this system does not check them');
    if (error.problem.code === 'too_costly') return unknown(WHAT, `too much at once: ${error.message}`);
    throw error;
  }
}

function inWords({ ok, moved, checks, journeys }: z.infer<typeof selfCheckAnswer>): Check {
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
