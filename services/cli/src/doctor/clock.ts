import type { Client } from '@touchstone/client';
import type { z } from 'zod';
import { clockAnswer, readAnswer } from '../commands/answers.ts';
import { span } from '../terminal/span.ts';
import { whole } from '../terminal/style.ts';
import { bad, type Check, good } from './check.ts';

type ClockAnswer = z.infer<typeof clockAnswer>;

/**
 * Whether the system trusts its time of day, and which leaps of it were seen.
 * @throws the client's errors.
 */
export async function clockCheck(client: Client): Promise<Check> {
  return clockInWords(readAnswer(clockAnswer, await client.get('/v1/clock'), '/v1/clock'));
}

export function clockInWords({ now, offByMs, leaps }: ClockAnswer): Check {
  const leapt = leaps.length === 0 ? 'never leapt' : leaps.map(leapInWords).join('; ');
  if (offByMs === 0) return good('clock', `trusted; ${leapt}`);
  return bad(
    'clock',
    `the time of day is ${way(offByMs)} by ${span(offByMs)} and is not trusted; now stands at ${now}; before: ${leapt}`,
    'Set the clock of the machine right (NTP). A difference that stays for ten minutes is believed.',
  );
}

function leapInWords({ at, byMs, outcome, customers, machine }: ClockAnswer['leaps'][number]): string {
  if (outcome === 'withdrawn') {
    return `at ${at} what was announced up to ${span(byMs)} too early of ${whole(customers)} customers was withdrawn (${machine})`;
  }
  const end = outcome === 'believed' ? 'stayed, and was believed' : 'came back';
  return `at ${at} it leapt ${way(byMs)} by ${span(byMs)} and ${end} (${machine})`;
}

const way = (ms: number) => (ms > 0 ? 'ahead' : 'back');
