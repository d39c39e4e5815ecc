import type { EventToAppend } from './port.ts';

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
