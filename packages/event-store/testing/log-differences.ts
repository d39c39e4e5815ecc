import { expect } from 'vitest';
import type { LogReader } from '../src/log-reader.ts';
import { identitiesHeldTwice, openIdentitiesOnDisk } from '../src/verify/identities-on-disk.ts';
import type { LogDifference } from '../src/verify/log-difference.ts';
import { PARTS } from '../src/verify/parts-on-disk.ts';
import { NOTHING_READ, verifyLog } from '../src/verify/verify-log.ts';

/**
 * All faults of a log, read to its end or to a position in one run; closes the reader. `folder` is
 * where identities are stored.
 */
export async function logDifferences(reader: LogReader, folder: string, upTo?: bigint): Promise<LogDifference[]> {
  const found: LogDifference[] = [];
  try {
    const identities = openIdentitiesOnDisk(folder);
    const end = upTo ?? (await reader.head());
    const onDifference = (difference: LogDifference) => void found.push(difference);
    const options = { reader, from: NOTHING_READ, upTo: end, identities, onDifference, onPage: () => undefined };
    expect(await verifyLog(options)).toBe(true);
    for (let part = 0; part < PARTS; part++) {
      for await (const difference of identitiesHeldTwice(reader, identities, part)) found.push(difference);
    }
  } finally {
    await reader.close();
  }
  return found;
}
