import { type LastMoment, type Minutes, spansMs, type Windows, windowSums } from '@touchstone/alerts';
import type { Heartbeat, Objective } from '@touchstone/api';
import { type ClickHouse, latestMoments, type MomentClock, windowChanges } from '@touchstone/read-models';
import { inSlices } from '@touchstone/runtime';

/** Where moments are read: of one generation, within the limits of the asker. */
export interface MomentSource {
  readonly clickhouse: ClickHouse;
  readonly generation: number;
}

/** Reads the windows of an objective at each of the minutes. */
export async function readWindows(
  { clickhouse, generation }: MomentSource,
  place: Objective,
  minutes: Minutes,
  clock: MomentClock,
): Promise<Windows> {
  const sums = windowSums(minutes);
  const changes = await windowChanges(clickhouse, generation, { place, ...minutes, clock }, spansMs);
  await inSlices(changes, (change) => {
    for (const [span, spanMs] of spansMs.entries()) {
      const [moments, failures] = [change.moments[span]!, change.failures[span]!];
      for (const [index, minute] of change.minutes.entries()) {
        if (change.edge === 'entered') sums.change(span, minute, moments[index]!, failures[index]!);
        else sums.change(span, minute + spanMs, -moments[index]!, -failures[index]!);
      }
    }
  });
  return sums.sum();
}

/** Reads when a heartbeat's moments come to count, in that order. */
export function readLastMoments(
  { clickhouse, generation }: MomentSource,
  place: Heartbeat,
  minutes: Minutes,
  clock: MomentClock,
): Promise<readonly LastMoment[]> {
  return latestMoments(clickhouse, generation, { place, ...minutes, clock });
}
