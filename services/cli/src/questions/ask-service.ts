import { readFile } from 'node:fs/promises';
import { type Endpoint, endpoints } from '@touchstone/api';
import type { Client } from '@touchstone/client';
import { CliError } from '../cli-error.ts';
import { print, type Shown } from '../terminal/print-answer.ts';
import { askQuestion } from './ask-question.ts';
import { given, type SelectionOptions, selectionOf } from './selection.ts';
import { showDrivers, showImportance } from './show-drivers.ts';
import { showIndex } from './show-index.ts';
import { showTierCustomers, showTiers } from './show-loyalty.ts';

/** Asks a route whose parameters are the options of the command, by the same names. */
export async function askByQuery<Told>(
  client: Client,
  endpoint: Endpoint,
  { json, ...query }: Shown,
  show: (told: Told) => string,
): Promise<void> {
  print({ json }, (await askQuestion(client, endpoint, { query: given(query) } as never)) as Told, show);
}

export interface TiersOptions extends Shown {
  readonly currency?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
}

/** The tiers, or the customers of one. */
export async function askTiers(client: Client, tier: string | undefined, options: TiersOptions): Promise<void> {
  const { json, limit, ...query } = options;
  if (tier === undefined) {
    print({ json }, await askQuestion(client, endpoints.getTiers, { query: given(query) as object }), showTiers);
    return;
  }
  const call = { params: { tier: tier as 'A' }, query: given({ ...query, limit }) as object };
  print({ json }, await askQuestion(client, endpoints.listTierCustomers, call), showTierCustomers);
}

export interface DriversOptions extends SelectionOptions, Shown {
  readonly factors?: readonly string[];
  readonly casesMin?: number;
  readonly byCustomer: boolean;
  readonly limit: number;
}

export async function askDrivers(client: Client, outcome: string, options: DriversOptions): Promise<void> {
  const { factors, casesMin, byCustomer, limit } = options;
  const body = {
    ...selectionOf(options),
    outcome: outcome as never,
    ...given({ factors: factors as never, casesMin }),
    unit: byCustomer ? ('customer' as const) : ('case' as const),
    limit,
  };
  print(options, await askQuestion(client, endpoints.askDrivers, { body }), (told) => showDrivers(told, outcome));
}

export async function askImportance(
  client: Client,
  options: SelectionOptions & Shown & { readonly outcome?: string },
): Promise<void> {
  const body = { ...selectionOf(options), ...given({ outcome: options.outcome as never }) };
  print(options, await askQuestion(client, endpoints.askImportance, { body }), showImportance);
}

export interface IndexOptions extends Shown {
  /** A file with a tree. */
  readonly tree?: string;
  readonly by?: string;
  readonly bucket?: string;
  readonly timeZone?: string;
  readonly from?: string;
  readonly to?: string;
}

/** The index of this name, or of the tree in a file. */
export async function askIndex(client: Client, name: string, { json, tree, ...asked }: IndexOptions): Promise<void> {
  const body = { ...(tree === undefined ? { name } : { tree: await treeIn(tree) }), ...given(asked) };
  print({ json }, await askQuestion(client, endpoints.askIndex, { body: body as never }), (told) => showIndex(told));
}

async function treeIn(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliError(`${file} holds no tree as JSON: ${(error as Error).message}`);
  }
}
