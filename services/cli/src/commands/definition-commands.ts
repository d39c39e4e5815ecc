import { endpoints } from '@touchstone/api';
import type { Client } from '@touchstone/client';
import { type Definition, definitionSchema, faultsOf } from '@touchstone/journey';
import { readJson } from '@touchstone/runtime';
import { ask } from '../ask.ts';
import { CliError } from '../cli-error.ts';
import { moment, plain, table } from '../terminal/style.ts';

export async function listDefinitions(client: Client, json: boolean): Promise<void> {
  const answer = await ask(client, endpoints.listDefinitions, {});
  if (json) return console.log(JSON.stringify(answer, null, 2));
  const { items } = answer;
  if (items.length === 0) return console.log('No definitions: all journeys are measured with the defaults.');
  const rows = items.map(({ type, version, state, putAt }) => [
    plain(type),
    String(version ?? '–'),
    state,
    moment(putAt),
  ]);
  console.log(table(['journey type', '>version', 'state', 'put (UTC)'], rows));
}

/** Checks all files before it sends the first definition. */
export async function putDefinitions(client: Client, files: readonly string[]): Promise<void> {
  const definitions = files.flatMap(readDefinitions);
  for (const definition of definitions) {
    const call = { params: { type: definition.type }, body: definition };
    const { version, state } = await ask(client, endpoints.putDefinition, call);
    console.log(`${plain(definition.type)}: version ${version ?? '?'}, ${state}`);
  }
  console.log('What waits comes into force with `pnpm touchstone rebuild`.');
}

/**
 * Reads one definition, or an array of them.
 * @throws CliError naming the faults, or JsonFileError.
 */
export function readDefinitions(file: string): readonly Definition[] {
  const json = readJson(file);
  const all = Array.isArray(json) ? json : [json];
  return all.map((one, index) => {
    const parsed = definitionSchema.safeParse(one);
    if (parsed.success) return parsed.data;
    const faults = faultsOf(parsed.error).map(({ path, message }) => `  ${path || '(whole)'} ${message}`);
    const which = all.length > 1 ? ` (number ${index + 1})` : '';
    throw new CliError(`${file}${which} is no journey definition:\n${faults.join('\n')}`);
  });
}
