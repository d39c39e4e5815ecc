import { randomUUID } from 'node:crypto';
import { readSeal, type Seal, sealedError } from '../seal.ts';
import { type Connection, lastOf } from './connection.ts';
import type { StreamNames } from './names.ts';

/** How long a process may go on believing that a log is not sealed. */
export const SEAL_SEEN_MS = 1_000;

export interface KnownSeal {
  /** Throws `sealed`. Asks the server once in {@link SEAL_SEEN_MS}, for all who append. */
  assertOpen(): Promise<void>;
  read(): Promise<Seal | undefined>;
  /** `undefined` lifts it. */
  write(seal: Seal | undefined): Promise<void>;
}

/** The last event of a stream of its own says whether the log is sealed. `mayFill`: this is the copy itself, which nothing keeps out. */
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
