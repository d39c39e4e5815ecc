import { endpoints } from '@touchstone/api';
import type { Client } from '@touchstone/client';
import { print, type Shown } from '../terminal/print-answer.ts';
import { askQuestion } from './ask-question.ts';
import { given, matcherOf, type SelectionOptions, selectionOf } from './selection.ts';
import { showConformance } from './show-conformance.ts';
import { showDurations } from './show-durations.ts';
import { showFeedback } from './show-feedback.ts';
import { showFunnel } from './show-funnel.ts';
import { showPaths } from './show-paths.ts';
import { showVariants } from './show-variants.ts';

interface GroupOptions {
  readonly by?: string;
  readonly groups?: number;
}

const grouping = ({ by, groups }: GroupOptions) => given({ breakdown: by as never, groupsMax: groups });

export interface FunnelOptions extends SelectionOptions, GroupOptions, Shown {
  readonly within?: string;
  readonly strict: boolean;
  readonly exclude?: readonly string[];
}

export async function askFunnel(client: Client, steps: readonly string[], options: FunnelOptions): Promise<void> {
  const body = {
    ...selectionOf(options),
    ...grouping(options),
    ...given({ within: options.within, exclude: options.exclude?.map(matcherOf) }),
    steps: steps.map(matcherOf),
    order: options.strict ? ('strict' as const) : ('eventual' as const),
  };
  print(options, await askQuestion(client, endpoints.askFunnel, { body }), showFunnel);
}

export interface SequenceOptions extends SelectionOptions, Shown {
  readonly activity?: readonly string[];
  readonly collapse: boolean;
}

const sequence = ({ activity, collapse }: SequenceOptions) => given({ activity: activity as never, collapse });

export async function askPaths(
  client: Client,
  options: SequenceOptions & { readonly nodes?: number; readonly ways: number },
): Promise<void> {
  const body = { ...selectionOf(options), ...sequence(options), ...given({ nodesMax: options.nodes }) };
  print(options, await askQuestion(client, endpoints.askPaths, { body }), (told) => showPaths(told, options.ways));
}

export async function askVariants(
  client: Client,
  options: SequenceOptions & { readonly limit: number },
): Promise<void> {
  const body = { ...selectionOf(options), ...sequence(options), limit: options.limit };
  print(options, await askQuestion(client, endpoints.askVariants, { body }), showVariants);
}

export interface ConformanceOptions extends SelectionOptions, Shown {
  readonly steps?: readonly string[];
  readonly includeOpen: boolean;
}

export async function askConformance(client: Client, type: string, options: ConformanceOptions): Promise<void> {
  const { steps, includeOpen } = options;
  const body = { ...selectionOf({ ...options, type }), ...given({ steps: steps as string[] }), includeOpen };
  print(options, await askQuestion(client, endpoints.askConformance, { body: body as never }), showConformance);
}

export interface DurationsOptions extends SelectionOptions, GroupOptions, Shown {
  /** Borders of a histogram's bins, ms. */
  readonly bins?: readonly number[];
}

export async function askDurations(
  client: Client,
  start: string,
  end: string,
  options: DurationsOptions,
): Promise<void> {
  const body = {
    ...selectionOf(options),
    ...grouping(options),
    ...given({ edgesMs: options.bins as number[] }),
    from: matcherOf(start),
    to: matcherOf(end),
  };
  print(options, await askQuestion(client, endpoints.askDurations, { body }), showDurations);
}

export interface FeedbackOptions extends Shown {
  readonly by?: string;
  readonly bucket?: string;
  readonly timeZone?: string;
  readonly from?: string;
  readonly to?: string;
  readonly asOf?: string;
  readonly knownAt?: string;
}

export async function askFeedback(client: Client, { json, ...asked }: FeedbackOptions): Promise<void> {
  const told = await askQuestion(client, endpoints.getFeedback, { query: given(asked) as object });
  print({ json }, told, (answer) => showFeedback(answer, asked.by?.split(',') ?? []));
}
