import type { FailureRates } from '@touchstone/api';
import { isOthers, plainName } from '../data/reserved-names.ts';
import { useTypes } from '../data/titles.ts';
import { useAnswer } from '../data/use-answer.ts';
import { pathOf } from './selection.ts';

const NAMES_MAX = '500';
const REFRESH_MS = 120_000;

/** Names that the system knows, as suggestions; any other may be typed. */
export function useKnownNames() {
  const path = pathOf('/v1/touchpoints/failure-rates', { by: 'touchpoint,channel', groupsMax: NAMES_MAX });
  const { data } = useAnswer<FailureRates>(path, REFRESH_MS);
  const rows = (data?.rows ?? []).filter((row) => !isOthers(row));
  const distinct = (names: readonly (string | undefined)[]) =>
    [...new Set(names.flatMap((name) => (name ? [plainName(name)] : [])))].sort();
  return {
    types: useTypes(),
    touchpoints: distinct(rows.map(({ touchpoint }) => touchpoint)),
    channels: distinct(rows.map(({ channel }) => channel)),
  };
}
