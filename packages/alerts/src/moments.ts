import type { Heartbeat, Objective } from '@touchstone/api';
import type { Counts } from './rules.ts';
import type { LastMoment } from './silence.ts';
import { type Minutes, minuteOf, type Windows, windowSums } from './windows.ts';

/** A moment as alerts see it: absent texts are '', times in ms since 1970. */
export interface Moment {
  readonly touchpoint: string;
  readonly channel: string;
  readonly team: string;
  readonly journeyType: string;
  readonly time: number;
  /** When it, or the retry that applied it, was stored; equals `time` for the event clock. */
  readonly storedAt: number;
  readonly failed: boolean;
}

/** An objective or a heartbeat, which selects moments. */
type Place = Pick<Objective, 'touchpoint' | 'channel' | 'team' | 'journeyType'> | Heartbeat;

/** Whether a moment is one of those of an objective or a heartbeat. */
export function isAt(place: Place, moment: Moment): boolean {
  return (['touchpoint', 'channel', 'team', 'journeyType'] as const).every((name) => {
    const wanted = (place as Partial<Record<string, string>>)[name];
    return wanted === undefined || wanted === moment[name];
  });
}

/** Counts the windows of all rules over an objective's moments. */
export function windowsOver(moments: Iterable<Moment>, minutes: Minutes): Windows {
  const sums = windowSums(minutes);
  for (const { time, storedAt, failed } of moments) {
    sums.take(minuteOf(time), minuteOf(storedAt), { moments: 1, failures: failed ? 1 : 0 });
  }
  return sums.sum();
}

/** Counts the moments with a time in [from, to) that were stored by `to`. */
export function spentOver(moments: Iterable<Moment>, { from, to }: Minutes): Counts {
  let [all, failures] = [0, 0];
  for (const { time, storedAt, failed } of moments) {
    if (time < from || time >= to || storedAt > to) continue;
    all++;
    if (failed) failures++;
  }
  return { moments: all, failures };
}

/** The times of a heartbeat's moments, in the order in which they come to count. */
export function lastMomentsOver(moments: Iterable<Moment>): readonly LastMoment[] {
  return Array.from(moments, ({ time, storedAt }) => ({
    from: minuteOf(Math.max(time, storedAt)),
    last: time,
  })).sort((a, b) => a.from - b.from);
}
