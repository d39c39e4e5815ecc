import { createHash } from 'node:crypto';
import { openPartsOnDisk, type StoredEvent } from '@touchstone/event-store';
import { CUSTOMER_STREAM, customerOf } from '@touchstone/journey';

/** The customers of a log, partitioned on disk, with some duplicates. */
export interface CustomersOnDisk {
  add(event: Pick<StoredEvent, 'stream'>): void;
  /** See `openPartsOnDisk`. */
  flush(): number[];
  /** The customers of one part, without duplicates. */
  part(part: number): ReadonlySet<string>;
}

/** Cache of recent customers, which are not written again. */
const RECENT_MAX = 100_000;

export function customersOnDisk(folder: string, lengths: readonly number[]): CustomersOnDisk {
  const parts = openPartsOnDisk(folder, 'customers', lengths);
  const recent = new Set<string>();
  return {
    add({ stream }) {
      if (!stream.startsWith(CUSTOMER_STREAM) || recent.has(stream)) return;
      if (recent.size >= RECENT_MAX) recent.clear();
      recent.add(stream);
      const customerId = customerOf(stream)!;
      const line = Buffer.from(`${JSON.stringify(customerId)}\n`);
      parts.add(createHash('sha1').update(line).digest()[0]!, line);
    },
    flush: parts.flush,
    part(part) {
      const lines = parts.read(part).toString('utf8').split('\n').slice(0, -1);
      return new Set(lines.map((line) => JSON.parse(line) as string));
    },
  };
}
