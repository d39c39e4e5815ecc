/** The measurement's words as people read them. A word that is not here is shown as it came. */

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

/** Broken and kept late alike; `keptLate` of them were kept after all. */
export function notKeptWords(count: number, keptLate = 0): string {
  const promises = `${count} ${count === 1 ? 'promise' : 'promises'} not kept in time`;
  return keptLate === 0 ? promises : `${promises}, of these ${keptLate} kept late`;
}

/** Where an answer to a survey is about, or came from nowhere: `CSAT at support.solved`. */
export function surveyWords(instrument: string, touchpoint: string | null | undefined): string {
  const survey = instrument.toUpperCase();
  return touchpoint ? `${survey} at ${touchpoint}` : survey;
}
