import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chance } from './chance.ts';

/**
 * Damage to the files of a stopped installation, as by a power loss, a bad disk or an operator's
 * mistake.
 */

export interface Damage {
  /** The damage and its file, in words. */
  readonly words: string;
  /** Whether the damage hit the log, not the read model. */
  readonly isOfLog: boolean;
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Loses, empties, cuts or changes one file of the read model or of the log; a file of the read
 * model may be lost with its folder.
 */
export function damageAnything(data: string, chance: Chance): Damage {
  const isOfLog = chance.happens(0.5);
  const files = readdirSync(data).filter((name) => name.startsWith('events.db'));
  // Picks the files that hold events most often.
  const ofLog = files.flatMap((name) => (/\.db(?:-wal)?$/.test(name) ? [name, name, name, name] : [name]));
  const file = isOfLog
    ? join(data, chance.pick(ofLog))
    : chance.pick(filesIn(join(data, 'clickhouse')).filter((name) => !name.includes('/incoming/')));
  // Half of the folders are of a killed system; half of the others are made to look like one.
  if (chance.happens(0.5)) rmSync(join(data, 'clickhouse', 'stopped-in-good-order'), { force: true });
  const ways = ['lost', 'emptied', 'cut', 'changed', ...(isOfLog ? ['changed', 'changed'] : ['lost with its folder'])];
  const way = chance.pick(ways);
  const words = `${file.slice(data.length)} ${way}${damageFile(file, way, chance)}`;
  return { words, isOfLog };
}

function damageFile(file: string, way: string, chance: Chance): string {
  const { size } = statSync(file);
  if (way === 'lost') rmSync(file);
  else if (way === 'lost with its folder') rmSync(join(file, '..'), { recursive: true });
  else if (way === 'emptied' || size === 0) truncateSync(file);
  else {
    const at = chance.whole(0, size - 1);
    if (way === 'cut') truncateSync(file, at);
    else changeByte(file, at);
    return ` at ${at} of ${size}`;
  }
  return '';
}

function changeByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = bytes[at]! ^ 0x41;
  writeFileSync(file, bytes);
}
