import type { Client } from '@touchstone/client';
import { type Definition, definitionSchema, faultsOf } from '@touchstone/journey';
import { readJson } from '@touchstone/runtime';
import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { moment, plain, table } from '../terminal/style.ts';
import { definitionsAnswer, readAnswer } from './answers.ts';

export async function listDefinitions(client: Client, json: boolean): Promise<void> {
  const answer = await client.get('/v1/definitions');
  if (json) return console.log(JSON.stringify(answer, null, 2));
  const { items } = readAnswer(definitionsAnswer, answer, '/v1/definitions');
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
    const path = `/v1/definitions/${encodeURIComponent(definition.type)}`;
    const { version, state } = readAnswer(putAnswer, await client.put(path, definition), path);
    console.log(`${plain(definition.type)}: version ${version ?? '?'}, ${state ?? 'put'}`);
  }
  console.log('What waits comes into force with `pnpm touchstone rebuild`.');
}

const putAnswer = z.object({ version: z.number().nullish(), state: z.string().nullish() });

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
