import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Moment } from '@touchstone/alerts';
import { formatInstant } from '@touchstone/journey';
import { customerOf, type PublishedEvent } from '../oracle/published-event.ts';

/** A back-test in the form of the API, and its answer. */
export interface WorkedBacktest {
  readonly question: {
    readonly ask: 'backtestObjective' | 'backtestHeartbeat';
    readonly objective?: object;
    readonly heartbeat?: object;
    readonly from: string;
    readonly to: string;
    readonly clock?: 'stored' | 'event';
  };
  readonly answer: object;
}

interface Stored {
  readonly recordedAt: string;
  readonly event: PublishedEvent;
}

function lines<Line>(file: string): Line[] {
  const text = gunzipSync(readFileSync(new URL(file, import.meta.url))).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

export const workedBacktests = (): WorkedBacktest[] => lines('711.operations.ndjson.gz');

/** The log of the back-tests, in its order; some events stand twice in it. */
export const storedForBacktests = (): Stored[] => lines('711.stored.ndjson.gz');

/** The moments of that log, each once, with the type that their journey had first. */
export function momentsOf(stored: readonly Stored[]): Moment[] {
  const seen = new Set<string>();
  const types = new Map<string, string>();
  const moments: Moment[] = [];
  for (const { recordedAt, event } of stored) {
    const { source, id, time, data } = event;
    const identity = JSON.stringify([source, id]);
    if (seen.has(identity)) continue;
    seen.add(identity);
    const journey = JSON.stringify([customerOf(event), data.journeyId]);
    if (data.journeyId !== undefined && !types.has(journey)) types.set(journey, data.journeyType ?? '');
    moments.push({
      touchpoint: data.touchpoint ?? '',
      channel: data.channel ?? '',
      team: (data.actor as { team?: string } | undefined)?.team ?? '',
      journeyType: types.get(journey) ?? '',
      time: Date.parse(time),
      storedAt: Date.parse(recordedAt),
      failed: data.outcome !== 'succeeded',
    });
  }
  return moments;
}

/** Times in the format of the answers. */
export const told = (answer: object): object =>
  JSON.parse(
    JSON.stringify(answer, (name, value) =>
      ['began', 'ended', 'last'].includes(name) && typeof value === 'number' ? formatInstant(value) : value,
    ),
  );
