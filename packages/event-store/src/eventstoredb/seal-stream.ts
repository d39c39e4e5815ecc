import { randomUUID } from 'node:crypto';
import { readSeal, type Seal, sealedError } from '../seal.ts';
import { type Connection, lastOf } from './connection.ts';
import type { StreamNames } from './names.ts';

/** Longest time that a process may believe a log unsealed, ms. */
export const SEAL_SEEN_MS = 1_000;

export interface KnownSeal {
  /** Throws `sealed`. Asks the server once per {@link SEAL_SEEN_MS}, for all appends together. */
  assertOpen(): Promise<void>;
  read(): Promise<Seal | undefined>;
  /** `undefined` lifts the seal. */
  write(seal: Seal | undefined): Promise<void>;
}

/**
 * Keeps the seal as the last event of a stream of its own. `mayFill` is set by the copy itself,
 * which no seal stops.
 */
export function knownSeal(connection: Connection, names: StreamNames, mayFill: boolean): KnownSeal {
  const stream = names.own('seal');
  let seal: Seal | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<Seal | undefined> | undefined;

  const read = async (): Promise<Seal | undefined> => {
    const begunAt = performance.now();
    const record = await lastOf(connection, stream);
    seal = record === undefined ? undefined : readSeal(record.data);
    readAt = begunAt;
    return seal;
  };
  const readTogether = (): Promise<Seal | undefined> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    read,
    async assertOpen() {
      if (mayFill) return;
      if (performance.now() - readAt >= SEAL_SEEN_MS) await readTogether();
      if (seal !== undefined) throw sealedError(seal);
    },
    async write(next) {
      const data = Buffer.from(JSON.stringify(next ?? { lifted: Date.now() }));
      const event = { eventId: randomUUID(), type: 'seal', data, metadata: new Uint8Array() };
      await connection.append(stream, (await lastOf(connection, stream))?.revision ?? -1, [event]);
      readAt = Number.NEGATIVE_INFINITY;
    },
  };
}
