import type { Drivers } from '@touchstone/api';
import type { DriverOutcome } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import type { Titles } from '../data/titles.ts';
import { levelText } from '../i18n/words.ts';
import type { Changes } from '../selection/selection.ts';

export type Driver = Drivers['items'][number];

/** Values with a share of false findings up to this are findings. */
export const SURE_Q = 0.05;

/** Outcomes of which more is better; of the others less is. */
const GOOD: readonly DriverOutcome[] = ['score', 'feedback', 'bought-again'];
/** Outcomes that are a mean, and not a share of journeys. */
const MEANS: readonly DriverOutcome[] = ['score', 'feedback'];

export const isMean = (outcome: DriverOutcome): boolean => MEANS.includes(outcome);

/** Whether what goes with a value is good, bad, or not known beyond chance. */
export function toneOf({ difference, q }: Driver, outcome: DriverOutcome): 'good' | 'bad' | 'plain' {
  if (difference === null || difference === 0 || q > SURE_Q) return 'plain';
  return difference > 0 === GOOD.includes(outcome) ? 'good' : 'bad';
}

/** A factor as people read it. */
export function factorText(factor: string): string {
  if (factor.startsWith('attribute.')) return factor.slice('attribute.'.length);
  return t(`factor.${factor as 'touchpoint'}`);
}

/** A value of a factor as people read it. */
export function factorValueText(factor: string, value: string, titles: Titles): string {
  if (factor === 'touchpoint' || factor === 'touchpoint-failed') return titles.touchpoint(value) ?? value;
  if (factor === 'type') return titles.journey(value) ?? value;
  return factor === 'level' ? levelText(value) : value;
}

/** End of the common scale, which holds every interval, from the other side of 0. */
export function reachOf(items: readonly Driver[]): number {
  const all = items.flatMap(({ difference, low, high }) => [difference, low, high]);
  return Math.max(0.01, ...all.map((value) => Math.abs(value ?? 0)));
}

/** Journeys with this value, as far as the list of journeys has a filter for it. */
export function journeysWith({ factor, value }: Driver): Changes {
  if (factor === 'touchpoint-failed') return { touchpoint: value, hasFailure: 'true' };
  return { [factor]: value };
}

/**
 * The filter with which the list has as many journeys as the outcome is known of; undefined where
 * it has none for it.
 */
export function knownBy(outcome: DriverOutcome): Changes | undefined {
  if (outcome === 'score') return { minScore: '0' };
  return outcome === 'complaint' || outcome === 'broken-promise' || outcome === 'failure' ? {} : undefined;
}
