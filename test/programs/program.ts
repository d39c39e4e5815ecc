import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The environment variable that names the folder of bundles, during a test run. */
export const FOLDER_VARIABLE = 'TOUCHSTONE_TEST_PROGRAMS';

/**
 * Node's arguments that run a TypeScript program: its bundle where the test run made one, the
 * source itself elsewhere. Both do the same; a system starts with a third of the processor time.
 */
export function programArguments(file: string): string[] {
  const bundles = process.env[FOLDER_VARIABLE];
  if (bundles !== undefined) {
    const bundle = join(bundles, relative(root, file).replace(/\.ts$/, '.js'));
    if (existsSync(bundle)) return [bundle];
  }
  return ['--import', 'tsx', file];
}

/** The same for `fork`: the module, and Node's own arguments. */
export function forkable(file: string): [module: string, execArgv: string[]] {
  const given = programArguments(file);
  return [given.at(-1)!, given.slice(0, -1)];
}
