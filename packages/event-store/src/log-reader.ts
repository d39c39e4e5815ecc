import { type EventStore, EventStoreError } from './port.ts';

/** What a log is read and checked with; it appends nothing. */
export interface LogReader
  extends Pick<EventStore, 'identity' | 'holds' | 'head' | 'readAll' | 'streamPages' | 'countMinutes' | 'close'> {
  /** The log is a file that another process holds: streams cannot be read here (`locked`), all else can. */
  readonly isInUse: boolean;
}

/** The log that a URL names, as `openEventStore` takes it. A file that a running system holds is read beside it. */
export async function openLogReader(url: string): Promise<LogReader> {
  const file = /^sqlite:(.*)$/is.exec(url)?.[1];
  if (file !== undefined) return (await import('./sqlite/log-file-reader.ts')).sqliteLogReader({ file });
  const { openEventStore } = await import('./open-event-store.ts');
  return { ...(await openEventStore(url)), isInUse: false };
}

/** The event at a position, if there is one. */
export async function eventAt({ readAll }: Pick<LogReader, 'readAll'>, position: bigint) {
  for await (const [event] of readAll({ after: position - 1n, upTo: position, pageSize: 1 })) return event;
  return undefined;
}

export const isCorrupt = (error: unknown): error is EventStoreError =>
  error instanceof EventStoreError && error.code === 'corrupt';
