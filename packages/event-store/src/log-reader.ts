import { type EventStore, EventStoreError } from './port.ts';

/** The methods that read and check a log; nothing here appends. */
export interface LogReader
  extends Pick<EventStore, 'identity' | 'holds' | 'head' | 'readAll' | 'streamPages' | 'countMinutes' | 'close'> {
  /**
   * Whether another process holds the log's file. Streams cannot be read then (`locked`);
   * everything else can.
   */
  readonly isInUse: boolean;
}

/**
 * Open the log that a URL names (same URLs as `openEventStore`) for reading. A file that a running
 * system holds is read alongside it.
 */
export async function openLogReader(url: string): Promise<LogReader> {
  const file = /^sqlite:(.*)$/is.exec(url)?.[1];
  if (file !== undefined) return (await import('./sqlite/log-file-reader.ts')).sqliteLogReader({ file });
  const { openEventStore } = await import('./open-event-store.ts');
  return { ...(await openEventStore(url)), isInUse: false };
}

/** The event at a position, or undefined if there is none. */
export async function eventAt({ readAll }: Pick<LogReader, 'readAll'>, position: bigint) {
  for await (const [event] of readAll({ after: position - 1n, upTo: position, pageSize: 1 })) return event;
  return undefined;
}

export const isCorrupt = (error: unknown): error is EventStoreError =>
  error instanceof EventStoreError && error.code === 'corrupt';
