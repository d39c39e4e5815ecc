import type { StoredEvent } from './port.ts';
import type { SqliteValue } from './sqlite-driver.ts';

/**
 * An event from its columns. `source`, `id` and `type` stand in the body alone and are read from it when asked for: a replay, which parses the body
 * anyway, does not pay for them twice. They are inherited, because own getters would cost as much as the parsing.
 */
export function storedEvent(
  position: number,
  stream: SqliteValue,
  time: SqliteValue,
  recordedAt: SqliteValue,
  body: SqliteValue,
): StoredEvent {
  return { __proto__: fromBody, position: BigInt(position), stream, time, recordedAt, body } as unknown as StoredEvent;
}

const fromBody = {
  body: '',
  get source() {
    return attribute(this.body, 'source');
  },
  get id() {
    return attribute(this.body, 'id');
  },
  get type() {
    return attribute(this.body, 'type');
  },
};

/** The three are usually asked for together: one parse serves them all. */
let latest: { body: string; attributes: Record<string, unknown> } = { body: '', attributes: {} };

function attribute(body: string, name: 'source' | 'id' | 'type'): string {
  if (latest.body !== body) {
    const parsed: unknown = JSON.parse(body);
    latest = {
      body,
      attributes: typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {},
    };
  }
  const value = latest.attributes[name];
  return typeof value === 'string' ? value : '';
}
