import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSeal, type Seal, sealedError } from '../seal.ts';
import { flushFolder } from './backup/restore-log.ts';

/**
 * The seal is a file beside the log, so that it can be set and lifted while another process has the
 * log open.
 */
const sealFile = (file: string): string => `${file}.sealed`;

/**
 * Call this within the transaction that writes: a program that sets a seal and then waits for the
 * write lock knows that nothing is written afterwards.
 */
export function assertNotSealed(file: string): void {
  if (!existsSync(sealFile(file))) return;
  const seal = sealOf(file);
  if (seal !== undefined) throw sealedError(seal);
}

export function sealOf(file: string): Seal | undefined {
  try {
    return readSeal(readFileSync(sealFile(file), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Durable when it returns. */
export function writeSeal(file: string, seal: Seal): void {
  const incoming = `${sealFile(file)}.new`;
  const handle = openSync(incoming, 'w');
  try {
    writeSync(handle, JSON.stringify(seal));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(incoming, sealFile(file));
  flushFolder(dirname(file));
}

export function liftSeal(file: string): void {
  rmSync(sealFile(file), { force: true });
  flushFolder(dirname(file));
}
