import { type AlertKind, alertKinds, type Severity, severities } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { ALERTS_STREAM, formatInstant, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import { followedStream } from '../ledgers/followed-stream.ts';
import { ownEvent } from '../ledgers/own-events.ts';

/** An alert as it was told; times in ms since 1970. */
export interface Alert extends AlertNews {
  readonly id: string;
  readonly acknowledged: Acknowledgement | null;
}

/** An alert as far as it is known at its begin, or at its end. */
export interface AlertNews {
  readonly kind: AlertKind;
  readonly name: string;
  readonly version: number;
  readonly severity: Severity;
  readonly began: number;
  /** Null while it fires. */
  readonly ended: number | null;
  readonly because: readonly string[];
  /** Counts of a burn rate. */
  readonly moments: number | null;
  readonly failures: number | null;
  /** The last moment before a silence. */
  readonly last: number | null;
  /** Counts of losses of a stage. */
  readonly left: number | null;
  readonly members: number | null;
}

/** A fact to tell: the begin or the end of an alert, or that more rules hold while it fires. */
export interface AlertFact extends AlertNews {
  /** The minute at which the last rule of `because` joined; absent for a begin or an end. */
  readonly joinedAt?: number | undefined;
}

export interface Acknowledgement {
  readonly at: number;
  readonly by: string;
  readonly note: string;
}

/** Begins and ends of alerts: facts in a stream of the log, so that all processes know them. */
export interface AlertsLedger {
  /** All alerts, by their begin. */
  list(): Promise<readonly Alert[]>;
  /** Tells facts; one that was told before changes nothing. */
  tell(facts: readonly AlertFact[]): Promise<void>;
  /** Null if there is no such alert. */
  acknowledge(id: string, given: Omit<Acknowledgement, 'at'>): Promise<Alert | null>;
}

const BEGAN = 'touchstone.change.alert-began.v1';
const ENDED = 'touchstone.change.alert-ended.v1';
const JOINED = 'touchstone.alert.joined.v1';
const ACKNOWLEDGED = 'touchstone.alert.acknowledged.v1';
const SOURCE = 'urn:touchstone:alerts';

/** Names an alert for good. */
export function alertId({ kind, name, version, severity, began }: AlertNews): string {
  return `${kind}/${name}/${version}/${severity}/${formatInstant(began)}`;
}

/** Reads the stream once, and then only what is new. */
export function alertsLedger(store: EventStore, clock: () => number = Date.now): AlertsLedger {
  const alerts = new Map<string, Alert>();
  const readNews = followedStream(store, ALERTS_STREAM, body, {
    take: ({ data, type }) => take(alerts, type, data),
    forget: () => alerts.clear(),
  });
  async function list(): Promise<readonly Alert[]> {
    await readNews();
    return [...alerts.values()];
  }

  return {
    list,
    async tell(facts) {
      if (facts.length > 0) await store.append(facts.map(encode));
    },
    async acknowledge(id, { by, note }) {
      if (!(await list()).some((alert) => alert.id === id)) return null;
      const at = clock();
      const data = { alertId: id, by, note, at: formatInstant(at) };
      const event = { source: SOURCE, type: ACKNOWLEDGED, id: `${id}/acknowledged/${data.at}/${by}`, at, data };
      await store.append([ownEvent(ALERTS_STREAM, event)]);
      return (await list()).find((alert) => alert.id === id)!;
    },
  };
}

const at = z.string().transform((text) => parseInstant(text)!);
const maybe = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null as never);

const told = z.object({
  alertId: z.string(),
  kind: z.enum(alertKinds),
  name: z.string(),
  version: z.number(),
  severity: z.enum(severities),
  began: at,
  ended: maybe(at),
  because: z.array(z.string()),
  moments: maybe(z.number()),
  failures: maybe(z.number()),
  last: maybe(at),
  left: maybe(z.number()),
  members: maybe(z.number()),
});
/** An event that tells a begin or an end. */
export const toldAlert = z.object({ type: z.enum([BEGAN, ENDED]), data: told });

const body = z.union([
  toldAlert,
  z.object({ type: z.literal(JOINED), data: told }),
  z.object({
    type: z.literal(ACKNOWLEDGED),
    data: z.object({ alertId: z.string(), by: z.string(), note: z.string(), at }),
  }),
]);
type Body = z.output<typeof body>;

function take(alerts: Map<string, Alert>, type: Body['type'], data: Body['data']): void {
  const known = alerts.get(data.alertId);
  if ('kind' in data) {
    const { alertId, ...news } = data;
    // A begin, or rules, that are read after the end say less.
    if (type === BEGAN ? known !== undefined : type === JOINED && known?.ended != null) return;
    alerts.set(alertId, { acknowledged: known?.acknowledged ?? null, ...news, id: alertId });
  } else if (known !== undefined) {
    const { by, note, at: acknowledgedAt } = data;
    alerts.set(known.id, { ...known, acknowledged: { at: acknowledgedAt, by, note } });
  }
}

function encode(fact: AlertFact) {
  const id = alertId(fact);
  const { ended, began, last, joinedAt, ...others } = fact;
  const data = {
    alertId: id,
    ...others,
    began: formatInstant(began),
    ...(ended !== null && { ended: formatInstant(ended) }),
    ...(last !== null && { last: formatInstant(last) }),
  };
  if (joinedAt !== undefined) {
    const joined = { source: SOURCE, type: JOINED, id: `${id}/joined/${formatInstant(joinedAt)}`, at: joinedAt, data };
    return ownEvent(ALERTS_STREAM, joined);
  }
  return ended === null
    ? ownEvent(ALERTS_STREAM, { source: SOURCE, type: BEGAN, id, at: began, data })
    : ownEvent(ALERTS_STREAM, { source: SOURCE, type: ENDED, id: `${id}/ended`, at: ended, data });
}
