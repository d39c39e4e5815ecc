import type { StoredEvent } from '@touchstone/event-store';
import type { QueryDeps } from './deps.ts';

/** Which of a customer's events an answer rests on, and the time that it is settled to. Times in ms. */
export interface PointOfView {
  /** Only what had happened by then, settled to then; without it, to now. */
  readonly asOf?: number | undefined;
  /** Only what was stored by then. */
  readonly knownAt?: number | undefined;
}

export interface Seen {
  /** In log order. */
  readonly events: readonly StoredEvent[];
  /** The time to settle to. */
  readonly now: number;
}

/** A customer's published events, as they are seen from a point of view; none if nothing is known of the customer from there. */
export async function readCustomerStream(deps: QueryDeps, customerId: string, view: PointOfView): Promise<Seen> {
  const [stream, now] = await Promise.all([deps.store.readStream(`customer-${customerId}`), view.asOf ?? deps.now()]);
  const { asOf = Number.POSITIVE_INFINITY, knownAt = Number.POSITIVE_INFINITY } = view;
  return { events: stream.filter((event) => event.time <= asOf && event.recordedAt <= knownAt), now };
}

/** For a 404: from where nothing was seen. */
export function inWords({ asOf, knownAt }: PointOfView): string {
  const when = (time: number) => new Date(time).toISOString();
  const happened = asOf === undefined ? '' : ` that happened by ${when(asOf)}`;
  const stored = knownAt === undefined ? '' : ` and was stored by ${when(knownAt)}`;
  return happened === '' ? stored.replace(' and was', ' that was') : happened + stored;
}
