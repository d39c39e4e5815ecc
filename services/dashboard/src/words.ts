import type { PromiseState, Stage, Verdict } from '@touchstone/api';

export { journeyStatuses as statuses, stages } from '@touchstone/api/vocabulary';

/** Display words of the measurement. A word that is missing here is shown as received. */

export const stageMeaning: Readonly<Record<Stage, string>> = {
  none: 'No trust yet, or trust that was lost.',
  cognitive: 'The offer meets the need. Shifts with circumstances.',
  affective: 'Lasting satisfaction has become preference.',
  behavioural: 'Indispensable: repeats, returns, forgives a single slip.',
};

export const levels: readonly { readonly level: string; readonly range: string }[] = [
  { level: 'very-satisfied', range: '95+' },
  { level: 'satisfied', range: '80–95' },
  { level: 'fairly-satisfied', range: '70–80' },
  { level: 'neutral', range: '60–70' },
  { level: 'slightly-dissatisfied', range: '40–60' },
  { level: 'dissatisfied', range: '15–40' },
  { level: 'very-dissatisfied', range: '< 15' },
  { level: '', range: '–' },
];

export const promiseStates: readonly PromiseState[] = ['kept', 'kept-late', 'broken', 'open', 'withdrawn'];

const reasons: Readonly<Record<string, string>> = {
  earned: 'earned by repeated satisfaction',
  'critical-failure': 'a critical failure stands',
  'satisfaction-low': 'satisfaction fell too low',
  idle: 'silent for too long',
  'complaint-open': 'a complaint stayed open',
  incidents: 'too many incidents',
  'no-purchase': 'no purchase for too long',
  'relationship-ended': 'the relationship ended',
};

export function reasonText(because: string): string {
  return reasons[because] ?? spaced(because);
}

export function levelText(level: string | null): string {
  return level === null || level === '' ? 'Not scored' : capitalised(level);
}

/**
 * Never "failed", which is the word for an outcome: a moment that succeeded may still be below
 * expectations.
 */
export const verdictText: Readonly<Record<Verdict, string>> = {
  exceeded: 'above expectation',
  confirmed: 'as expected',
  failed: 'below expectation',
};

/** Deductions from a journey's score. */
const adjustments: Readonly<Record<string, string>> = {
  'broken-promises': 'Promises not kept in time',
  'open-complaints': 'Open complaints',
};

export function adjustmentText(kind: string): string {
  return adjustments[kind] ?? capitalised(kind);
}

/** An answer to a survey is named after the survey: `CSAT at support.solved`. */
export function surveyText(instrument: string, touchpoint: string | null): string {
  return touchpoint === null ? instrument.toUpperCase() : `${instrument.toUpperCase()} at ${touchpoint}`;
}

const loyaltyKinds: Readonly<Record<string, { readonly title: string; readonly meaning: string }>> = {
  true: { title: 'True loyalty', meaning: 'Satisfied, and buys again.' },
  latent: { title: 'Latent loyalty', meaning: 'Satisfied, but hardly buys: something stands in the way.' },
  spurious: {
    title: 'Spurious loyalty',
    meaning: 'Buys again without the attitude of a loyal customer: gone with the first better offer.',
  },
  none: { title: 'No loyalty', meaning: 'Neither the attitude nor the purchases of a loyal customer.' },
};

export function loyaltyText(kind: string): { readonly title: string; readonly meaning: string } {
  return loyaltyKinds[kind] ?? { title: capitalised(kind), meaning: '' };
}

const requirements: Readonly<Record<string, string>> = {
  satisfaction: 'Satisfaction S',
  'satisfied-moments': 'Satisfied moments, ever',
  streak: 'Satisfied moments in a row',
  'streak-days': 'Days of the unbroken streak',
  delights: 'Delights',
  purchases: 'Purchases',
  'purchase-span-days': 'Days between first and last purchase',
  'days-since-purchase': 'Days since the last purchase',
  incidents: 'Recent incidents',
  'open-complaints': 'Open complaints',
  'standing-critical-failures': 'Unrecovered critical failures',
};

export function requirementText(requirement: string): string {
  return requirements[requirement] ?? capitalised(requirement);
}

const changes: Readonly<Record<string, string>> = {
  'touchstone.change.promise-broken.v1': 'Promise not kept in time',
  'touchstone.change.journey-abandoned.v1': 'Journey abandoned',
  'touchstone.change.trust-changed.v1': 'Trust changed',
};

/**
 * `touchstone.complaint.followed-up.v1` → `Complaint followed up`. `isExpected`: it is about what a
 * definition expects.
 */
export function eventText(type: string, isExpected = false): string {
  if (isExpected && type === 'touchstone.change.promise-broken.v1') return 'Not reached by the time expected';
  const change = changes[type];
  if (change !== undefined) return change;
  return capitalised(type.replace(/^touchstone\./, '').replace(/\.v\d+$/, ''));
}

export function capitalised(word: string): string {
  const text = spaced(word);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `kept-late`, `kept.late` and `keptLate` → `kept late`. */
export function spaced(word: string): string {
  return word
    .replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replace(/[-._]+/g, ' ');
}
