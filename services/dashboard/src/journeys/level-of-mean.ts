import { levelOf } from '@touchstone/journey/levels';

/** The level whose colour a mean of scores has; null without a score. */
export const levelOfMean = (score: number | null): string | null => (score === null ? null : levelOf(score));
