import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type KeptTargets, readTarget, type Target } from './target.ts';

/** Targets in a JSON file, for a process that is alone; only its owner may read the file. */
export function targetsFile(file: string): KeptTargets {
  let writing: Promise<void> = Promise.resolve();

  async function list(): Promise<readonly Target[]> {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    return targetsIn(file, text);
  }
  async function replace(name: string, target: Target | null): Promise<void> {
    const others = (await list()).filter((other) => other.name !== name);
    await writeWhole(file, JSON.stringify(target === null ? others : [...others, target], null, 2));
  }
  return {
    list,
    write: (name, target) => {
      writing = writing.catch(() => undefined).then(() => replace(name, target));
      return writing;
    },
  };
}

function targetsIn(file: string, text: string): readonly Target[] {
  try {
    const targets = (JSON.parse(text) as readonly unknown[]).map(readTarget);
    if (targets.every((target) => target !== undefined)) return targets;
  } catch {
    // The same advice as for a file of other content.
  }
  throw new Error(`${file} is no list of targets any more: move it away, and put the targets again`);
}

/** Writes beside and renames, so that a kill leaves the old file or the new one. */
async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const beside = `${file}.new`;
  const handle = await open(beside, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}
