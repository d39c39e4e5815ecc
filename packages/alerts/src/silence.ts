import type { Heartbeat } from '@touchstone/api';
import { parseDuration } from '@touchstone/api/duration';
import { openTime } from './hours.ts';
import type { Minutes } from './windows.ts';

/** A silence that lasts: when it began, and the last moment before it; ms since 1970. */
export interface Silence {
  readonly began: number;
  readonly last: number;
}

/** Whether it is silent at a minute, given the last moment then; `last` is null where none was. */
export type IsSilent = (at: number, last: number | null) => boolean;

/** `first` is the least `last` that will be asked about; null if there is none. */
export function silenceOf({ silentAfter, hours }: Heartbeat, { from, to }: Minutes, first: number | null): IsSilent {
  const limitMs = parseDuration(silentAfter)!;
  const open = openTime(hours, Math.min(from, first ?? from), to);
  return (at, last) => last !== null && open(at) - open(last) > limitMs;
}

export interface JudgedSilence {
  readonly silence: Silence | null;
  readonly ended?: Silence & { readonly ended: number };
}

/** Judges the next minute: an alert begins at the first silent one, and ends at the first other. */
export function judgeSilence(
  silence: Silence | null,
  at: number,
  last: number | null,
  isSilent: IsSilent,
): JudgedSilence {
  if (isSilent(at, last)) return { silence: silence ?? { began: at, last: last! } };
  return silence === null ? { silence } : { silence: null, ended: { ...silence, ended: at } };
}

/** The greatest time of a moment that counts from a minute on, by minutes that ascend. */
export interface LastMoment {
  readonly from: number;
  readonly last: number;
}

/** Follows the last moment from minute to minute; `moments` in the order of `from`. */
export function followLast(moments: readonly LastMoment[]): (at: number) => number | null {
  let index = 0;
  let greatest: number | null = null;
  return (at) => {
    for (; index < moments.length && moments[index]!.from <= at; index++) {
      const { last } = moments[index]!;
      if (greatest === null || last > greatest) greatest = last;
    }
    return greatest;
  };
}
