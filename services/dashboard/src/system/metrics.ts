import { type Shown, useAnswer } from '../data/use-answer.ts';

/** Samples of the metrics that the process which answers keeps. */
export type Samples = readonly { readonly name: string; readonly labels: Labels; readonly value: number }[];
type Labels = Readonly<Record<string, string>>;

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads the text format of Prometheus; a line that it does not know is left out. */
export function samplesIn(text: string): Samples {
  return text.split('\n').flatMap((line) => {
    const match = line.startsWith('#') ? null : LINE.exec(line);
    const value = Number(match?.[3] ?? Number.NaN);
    if (match === null || Number.isNaN(value)) return [];
    const labels = Object.fromEntries(
      Array.from((match[2] ?? '').matchAll(LABEL), ([, name, text]) => [name!, text!.replace(/\\(.)/g, '$1')]),
    );
    return [{ name: match[1]!, labels, value }];
  });
}

/** The first sample of a name; undefined where the process keeps none. */
export const sampleOf = (samples: Samples, name: string): number | undefined =>
  samples.find((sample) => sample.name === name)?.value;

const REFRESH_MS = 15_000;

export const useMetrics = (): Shown<Samples> => useAnswer('/metrics', REFRESH_MS, samplesIn);
