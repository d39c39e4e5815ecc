import { moment, style } from '../terminal/style.ts';

/** Display words of the measurement. A word that is missing here is shown as received. */

const verdicts: Readonly<Record<string, string>> = {
  exceeded: 'above expectation',
  confirmed: 'as expected',
  failed: 'below expectation',
};

export function verdictWords(verdict: string): string {
  return verdicts[verdict] ?? verdict;
}

const adjustments: Readonly<Record<string, string>> = {
  'broken-promises': 'promises not kept in time',
  'open-complaints': 'complaints not resolved yet',
};

export function adjustmentWords(kind: string): string {
  return adjustments[kind] ?? kind;
}

/** Broken promises and promises kept late together; `keptLate` is the number of the latter. */
export function notKeptWords(count: number, keptLate = 0): string {
  const promises = `${count} ${count === 1 ? 'promise' : 'promises'} not kept in time`;
  return keptLate === 0 ? promises : `${promises}, of these ${keptLate} kept late`;
}

/** Survey and the touchpoint that it is about, if there is one: `CSAT at support.solved`. */
export function surveyWords(instrument: string, touchpoint: string | null | undefined): string {
  const survey = instrument.toUpperCase();
  return touchpoint ? `${survey} at ${touchpoint}` : survey;
}

/** Note for an answer that was made from rows because the log was unavailable; otherwise empty. */
export function awayNote({
  source,
  settledTo,
}: {
  readonly source?: string | undefined;
  readonly settledTo?: string | undefined;
}): string {
  if (source !== 'rows') return '';
  const settled = settledTo === undefined ? '' : `, with what fell due before ${moment(settledTo)}`;
  return style.yellow(
    `The log is away: this is what the read model says${settled}. How it came about is shown once the log is back.`,
  );
}
