import { type Answer, endpoints } from '@touchstone/api';
import type { Client } from '@touchstone/client';
import { ask } from '../ask.ts';
import { span } from '../terminal/span.ts';
import { whole } from '../terminal/style.ts';
import { bad, type Check, good } from './check.ts';

type Clock = Answer<typeof endpoints.getClock>;

/**
 * Whether the system trusts its time of day, and which leaps of it were seen.
 * @throws the client's errors.
 */
export async function clockCheck(client: Client): Promise<Check> {
  return clockInWords(await ask(client, endpoints.getClock, {}));
}

export function clockInWords({ now, offByMs, leaps }: Pick<Clock, 'now' | 'offByMs' | 'leaps'>): Check {
  const leapt = leaps.length === 0 ? 'never leapt' : leaps.map(leapInWords).join('; ');
  if (offByMs === 0) return good('clock', `trusted; ${leapt}`);
  return bad(
    'clock',
    `the time of day is ${way(offByMs)} by ${span(offByMs)} and is not trusted; now stands at ${now}; before: ${leapt}`,
    'Set the clock of the machine right (NTP). A difference that stays for ten minutes is believed.',
  );
}

function leapInWords({ at, byMs, outcome, customers, machine }: Clock['leaps'][number]): string {
  if (outcome === 'withdrawn') {
    return `at ${at} what was announced up to ${span(byMs)} too early of ${whole(customers)} customers was withdrawn (${machine})`;
  }
  const end = outcome === 'believed' ? 'stayed, and was believed' : 'came back';
  return `at ${at} it leapt ${way(byMs)} by ${span(byMs)} and ${end} (${machine})`;
}

const way = (ms: number) => (ms > 0 ? 'ahead' : 'back');
