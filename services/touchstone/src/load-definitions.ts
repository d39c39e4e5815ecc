import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Definition, definitionSchema, faultsOf } from '@touchstone/journey';
import { readJson } from '@touchstone/runtime';
import { z } from 'zod';

/**
 * Loads journey definitions from a JSON file (one definition, or an array) or from all `*.json`
 * files of a folder.
 * @throws Error naming the file, the place and the fault; or a journey type that is defined twice.
 */
export function loadDefinitions(path: string): Definition[] {
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((file) => file.endsWith('.json'))
        .sort()
        .map((file) => join(path, file))
    : [path];
  const origins = new Map<string, string>();
  return files.flatMap((file) => {
    const definitions = readDefinitions(file);
    for (const { type } of definitions) {
      const other = origins.get(type);
      if (other !== undefined)
        throw new Error(`The journey type ${type} is defined twice: in ${other} and in ${file}.`);
      origins.set(type, file);
    }
    return definitions;
  });
}

function readDefinitions(file: string): Definition[] {
  let json: unknown;
  try {
    json = readJson(file);
  } catch (cause) {
    throw new Error(`Definitions: ${(cause as Error).message}`, { cause });
  }
  const parsed = z.array(definitionSchema).safeParse(Array.isArray(json) ? json : [json]);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error).map(({ path, message }) => `  ${path}: ${message}`);
  throw new Error(`The definitions in ${file} cannot be used (by place in the file):\n${faults.join('\n')}`);
}
