import type { PromiseState, Stage, Verdict } from '@touchstone/api';
import { levels as levelNames } from '@touchstone/api/vocabulary';
import i18n, { t } from 'i18next';

export { journeyStatuses as statuses, stages } from '@touchstone/api/vocabulary';

/** Display words of the measurement. A word that is missing here is shown as received. */

export const levels: readonly { readonly level: string; readonly range: string }[] = [
  ...levelNames.map((level, index) => ({
    level,
    range: ['95+', '80–95', '70–80', '60–70', '40–60', '15–40', '< 15'][index] ?? '',
  })),
  { level: '', range: '–' },
];

export const promiseStates: readonly PromiseState[] = ['kept', 'kept-late', 'broken', 'open', 'withdrawn'];

/** Word of one of our lists in the reader's language; a new one is shown as it came. */
function word(list: string, name: string, otherwise: (name: string) => string = capitalised): string {
  const key = `${list}.${name}`;
  return i18n.exists(key) ? t(key as 'stage.none') : otherwise(name);
}

export const stageText = (stage: string): string => word('stage', stage);
export const stageMeaning = (stage: Stage): string => t(`stageMeaning.${stage}`);
export const statusText = (status: string): string => word('status', status);
export const promiseStateText = (state: string): string => word('promiseState', state);
export const reasonText = (because: string): string => word('reason', because, spaced);
export const worklistText = (reason: string): string => word('worklist', reason);
export const adjustmentText = (kind: string): string => word('adjustment', kind);
export const requirementText = (requirement: string): string => word('requirement', requirement);
export const outcomeText = (outcome: string): string => word('outcome', outcome, spaced);
export const severityText = (severity: string): string => word('severity', severity, (name) => name);

export function levelText(level: string | null): string {
  return level === null || level === '' ? t('level.none') : word('level', level);
}

/**
 * Never "failed", which is the word for an outcome: a moment that succeeded may still be below
 * expectations.
 */
export const verdictText = (verdict: Verdict): string => t(`verdict.${verdict}`);

/** An answer to a survey is named after the survey: `CSAT at support.solved`. */
export function surveyText(instrument: string, touchpoint: string | null): string {
  const survey = instrument.toUpperCase();
  return touchpoint === null ? survey : t('journey.surveyAt', { survey, touchpoint });
}

export function loyaltyText(kind: string): { readonly title: string; readonly meaning: string } {
  const known = i18n.exists(`loyalty.${kind}`);
  return {
    title: word('loyalty', kind),
    meaning: known ? t(`loyaltyMeaning.${kind as 'true'}`) : '',
  };
}

/**
 * `touchstone.complaint.followed-up.v1` → `Complaint followed up`. `isExpected`: it is about what a
 * definition expects.
 */
export function eventText(type: string, isExpected = false): string {
  const name = type.replace(/^touchstone\./, '').replace(/\.v\d+$/, '');
  if (isExpected && name === 'change.promise-broken') return t('event.notReached');
  return word('event', name.replaceAll('.', '-'));
}

export function capitalised(text: string): string {
  const words = spaced(text);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `kept-late`, `kept.late` and `keptLate` → `kept late`. */
export function spaced(text: string): string {
  return text
    .replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replace(/[-._]+/g, ' ');
}
