import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesUnder, root } from '../architecture/source-files.ts';
import { bundlePrograms } from './bundle-programs.ts';
import { FOLDER_VARIABLE } from './program.ts';

/**
 * Bundles the programs that tests start again and again, once for the whole run: loading each of
 * their modules by itself takes a system five seconds of processor time.
 */
export default async function setup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-programs-'));
  await bundlePrograms(programs(), folder);
  process.env[FOLDER_VARIABLE] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** The main files of services and test servers, and the programs that tests kill. */
function programs(): string[] {
  const isProgram = /\/(?:main|[\w-]+-until-killed)\.ts$/;
  return ['services/touchstone/src', 'services/cli/src', 'test']
    .flatMap(filesUnder)
    .filter((file) => isProgram.test(file))
    .map((file) => root + file);
}
