import type { Clock } from '@touchstone/api';
import { useAnswer } from '../data/use-answer.ts';
import { Failed, Loading } from './states.tsx';

/** In place of figures of a period, until the system has told its now, from which periods count. */
export function NoPeriod({ what }: { what: string }) {
  const { problem, reload } = useAnswer<Clock>('/v1/clock');
  if (problem === undefined) return <Loading what={what} rows={10} />;
  return <Failed problem={problem} reload={reload} what={what} />;
}
