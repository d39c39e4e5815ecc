import type { FailureRate, Transitions } from '@touchstone/api';
import { stages } from '@touchstone/api/vocabulary';
import { isOthers, plainName } from '../data/reserved-names.ts';

type Move = Transitions['rows'][number];

export const isFall = ({ from, to }: Pick<Move, 'from' | 'to'>): boolean => stages.indexOf(to) < stages.indexOf(from);

const changes = (rows: readonly Move[]): number => rows.reduce((sum, row) => sum + row.changes, 0);
export const fellOf = (rows: readonly Move[]): number => changes(rows.filter(isFall));
export const roseOf = (rows: readonly Move[]): number => changes(rows.filter((row) => !isFall(row)));

export interface Rising {
  readonly touchpoint: string;
  readonly channel: string;
  readonly before: number;
  readonly now: number;
}

/**
 * The touchpoint whose failure rate rose the most beyond chance: the intervals of the two periods
 * do not touch. Null if none did.
 */
export function risingOf(now: readonly FailureRate[], before: readonly FailureRate[]): Rising | null {
  const earlier = new Map(before.map((row) => [keyOf(row), row]));
  const risen = now.flatMap((row) => {
    const was = earlier.get(keyOf(row));
    if (isOthers(row) || row.low === null || row.rate === null) return [];
    if (was?.high == null || was.rate === null || row.low <= was.high) return [];
    const { touchpoint = '', channel = '' } = row;
    return [{ touchpoint: plainName(touchpoint), channel: plainName(channel), before: was.rate, now: row.rate }];
  });
  return risen.sort((a, b) => b.now - b.before - (a.now - a.before))[0] ?? null;
}

export const keyOf = ({ touchpoint, channel }: FailureRate): string => JSON.stringify([touchpoint, channel]);
