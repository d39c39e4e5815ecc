import type { EventStore, EventToAppend, Rejection, StoredEvent } from '../../src/port.ts';

/** An event as ingest would hand it over; `data` goes into its body. */
export function event(given: Partial<Omit<EventToAppend, 'body'>> & { readonly data?: unknown } = {}): EventToAppend {
  const {
    stream = 'customer-1',
    source = '/test',
    id = 'e-1',
    type = 'test.happened.v1',
    time = 1_767_225_600_000,
    data = {},
  } = given;
  const envelope = { specversion: '1.0', id, source, type, subject: stream, time: new Date(time).toISOString() };
  return { stream, source, id, type, time, body: JSON.stringify({ ...envelope, data }) };
}

/** A rejection as ingest would have it kept. */
export function rejection(given: Partial<Rejection>): Rejection {
  return {
    code: 'invalid_event',
    errors: '[{"path":"data","message":"is missing"}]',
    payload: '{"id":1}',
    origin: 'http',
    ...given,
  };
}

/** A stored event as it was handed over. */
export function asAppended({ stream, source, id, type, time, body }: StoredEvent): EventToAppend {
  return { stream, source, id, type, time, body };
}

/** All events of the log, or the part that the options select. */
export async function everything(
  store: EventStore,
  options: Parameters<EventStore['readAll']>[0] = {},
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const page of store.readAll(options)) events.push(...page);
  return events;
}
