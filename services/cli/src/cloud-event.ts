import type { EventType } from '@touchstone/journey';

/** A CloudEvent of the product as this program makes it: JSON format, structured mode. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: EventType;
  /** The customer. */
  readonly subject: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}
