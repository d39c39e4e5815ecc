import type { FailureRate, Objectives } from '@touchstone/api';

type Place = Pick<FailureRate, 'touchpoint' | 'channel'>;

/** The failure rate that an objective allows at this touchpoint; the strictest of several. */
export function allowedAt({ touchpoint, channel }: Place, objectives: Objectives['items']): number | null {
  const rates = objectives.flatMap(({ objective: { touchpoint: at, channel: over, objective } }) => {
    const isOfRow = (at === undefined || at === touchpoint) && (over === undefined || over === channel);
    return isOfRow ? [1 - objective] : [];
  });
  return rates.length === 0 ? null : Math.min(...rates);
}
