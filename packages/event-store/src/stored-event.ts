import type { StoredEvent } from './port.ts';
import type { SqliteValue } from './sqlite-driver.ts';

/** The columns that {@link storedEvent} wants, in its order. */
export const eventColumns = 'position, stream, time, recorded_at, body';

/**
 * A row as an event. `source`, `id` and `type` stand in the body alone and are read from it when asked for: a replay, which parses the body
 * anyway, does not pay for them twice.
 */
export function storedEvent(row: readonly SqliteValue[]): StoredEvent {
  return {
    position: BigInt(row[0] as number),
    stream: row[1] as string,
    time: row[2] as number,
    recordedAt: row[3] as number,
    body: row[4] as string,
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
}

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
