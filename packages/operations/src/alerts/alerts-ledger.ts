import { type AlertKind, alertKinds, type Severity, severities } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { ALERTS_STREAM, formatInstant, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import { ownEvent, readable } from '../ledgers/own-events.ts';

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

export interface Acknowledgement {
  readonly at: number;
  readonly by: string;
  readonly note: string;
}

/** Begins and ends of alerts: facts in a stream of the log, so that all processes know them. */
export interface AlertsLedger {
  /** All alerts, by their begin. */
  list(): Promise<readonly Alert[]>;
  /** Tells begins and ends; one that was told before changes nothing. */
  tell(news: readonly AlertNews[]): Promise<void>;
  /** Null if there is no such alert. */
  acknowledge(id: string, given: Omit<Acknowledgement, 'at'>): Promise<Alert | null>;
}

const BEGAN = 'touchstone.change.alert-began.v1';
const ENDED = 'touchstone.change.alert-ended.v1';
const ACKNOWLEDGED = 'touchstone.alert.acknowledged.v1';
const SOURCE = 'urn:touchstone:alerts';

/** Names an alert for good. */
export function alertId({ kind, name, version, severity, began }: AlertNews): string {
  return `${kind}/${name}/${version}/${severity}/${formatInstant(began)}`;
}

/** Reads the stream once, and then only what is new. */
export function alertsLedger(store: EventStore, clock: () => number = Date.now): AlertsLedger {
  const alerts = new Map<string, Alert>();
  let readTo = 0n;
  let reading: Promise<void> | undefined;

  async function readNews(): Promise<void> {
    for await (const page of store.streamPages(ALERTS_STREAM, { after: readTo })) {
      for (const { data, type } of readable(body, page)) take(alerts, type, data);
      readTo = page.at(-1)!.position;
    }
  }
  async function list(): Promise<readonly Alert[]> {
    // One after the other, because each takes up where the one before ended.
    const mine = (reading ?? Promise.resolve()).catch(() => undefined).then(readNews);
    reading = mine;
    await mine;
    return [...alerts.values()];
  }

  return {
    list,
    async tell(news) {
      if (news.length > 0) await store.append(news.map(encode));
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
const body = z.union([
  z.object({ type: z.enum([BEGAN, ENDED]), data: told }),
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
    // A begin that is read after its end says less.
    if (type === BEGAN && known !== undefined) return;
    alerts.set(alertId, { acknowledged: known?.acknowledged ?? null, ...news, id: alertId });
  } else if (known !== undefined) {
    const { by, note, at: acknowledgedAt } = data;
    alerts.set(known.id, { ...known, acknowledged: { at: acknowledgedAt, by, note } });
  }
}

function encode(news: AlertNews) {
  const id = alertId(news);
  const { ended, began, last, ...others } = news;
  const data = {
    alertId: id,
    ...others,
    began: formatInstant(began),
    ...(ended !== null && { ended: formatInstant(ended) }),
    ...(last !== null && { last: formatInstant(last) }),
  };
  return ended === null
    ? ownEvent(ALERTS_STREAM, { source: SOURCE, type: BEGAN, id, at: began, data })
    : ownEvent(ALERTS_STREAM, { source: SOURCE, type: ENDED, id: `${id}/ended`, at: ended, data });
}
