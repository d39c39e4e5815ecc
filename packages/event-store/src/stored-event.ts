import type { StoredEvent } from './port.ts';
import type { SqliteValue } from './sqlite-driver.ts';

/** An event from its columns. */
export function storedEvent(
  position: number,
  stream: SqliteValue,
  time: SqliteValue,
  recordedAt: SqliteValue,
  body: SqliteValue,
): StoredEvent {
  return new ReadEvent(BigInt(position), stream as string, time as number, recordedAt as number, body as string);
}

/**
 * `source`, `id` and `type` stand in the body alone and are read from it when asked for: a replay, which parses the body anyway, does not pay for them twice. They are inherited, because own
 * getters would cost as much as the parsing; by a class, because a literal with a prototype takes the engine's slow way.
 */
class ReadEvent implements StoredEvent {
  readonly position: bigint;
  readonly stream: string;
  readonly time: number;
  readonly recordedAt: number;
  readonly body: string;

  constructor(position: bigint, stream: string, time: number, recordedAt: number, body: string) {
    this.position = position;
    this.stream = stream;
    this.time = time;
    this.recordedAt = recordedAt;
    this.body = body;
  }

  get source(): string {
    return attribute(this.body, 'source');
  }

  get id(): string {
    return attribute(this.body, 'id');
  }

  get type(): string {
    return attribute(this.body, 'type');
  }
}

/** The three are usually asked for together: one parse serves them all. */
let latest: { body: string; attributes: Record<string, unknown> } = { body: '', attributes: {} };

function attribute(body: string, name: 'source' | 'id' | 'type'): string {
  if (latest.body !== body) latest = { body, attributes: attributesIn(body) };
  const value = latest.attributes[name];
  return typeof value === 'string' ? value : '';
}

/** None in a body that is damaged: whoever reads the log has to get past it. */
function attributesIn(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
