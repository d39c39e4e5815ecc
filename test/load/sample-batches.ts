import type { CustomerRow, JourneyRow, MomentRow, PromiseRow, Rows, TrustChangeRow } from '@touchstone/read-models';
import { type SampleCloudEvent, seededRandom } from './sample-events.ts';

/** Rows of the events in (after, upTo]. */
export interface SampleBatch {
  readonly after: bigint;
  readonly upTo: bigint;
  readonly rows: Partial<Rows>;
}

/**
 * Makes rows as a projector would, batch by batch: every moment, and the last state of each
 * journey, customer and promise that a batch touches. The figures are invented, but of realistic
 * length and number.
 */
export function sampleBatches(events: readonly SampleCloudEvent[], size: number): SampleBatch[] {
  const random = seededRandom(7);
  const known: Known = { journeys: new Map(), customers: new Map(), promises: new Map() };
  const batches: SampleBatch[] = [];
  for (let start = 0; start < events.length; start += size) {
    const slice = events.slice(start, start + size);
    batches.push(batchOf(slice, BigInt(start), known, random));
  }
  return batches;
}

interface Known {
  readonly journeys: Map<string, JourneyRow>;
  readonly customers: Map<string, CustomerRow>;
  readonly promises: Map<string, PromiseRow>;
}

function batchOf(events: readonly SampleCloudEvent[], after: bigint, known: Known, random: () => number): SampleBatch {
  const journeys = new Map<string, JourneyRow>();
  const customers = new Map<string, CustomerRow>();
  const promises = new Map<string, PromiseRow>();
  const trustChanges: TrustChangeRow[] = [];
  const moments = events.map((event, i) => {
    const moment = momentOf(event, after + BigInt(i) + 1n, random);
    const customer = customerAfter(known.customers.get(moment.customerId), moment, random);
    const journey = journeyAfter(known.journeys.get(moment.journeyId), moment, random);
    known.customers.set(moment.customerId, customer);
    known.journeys.set(moment.journeyId, journey);
    customers.set(moment.customerId, customer);
    journeys.set(moment.journeyId, journey);
    if (moment.promiseId !== '') promises.set(moment.promiseId, promiseAfter(known, moment));
    if (random() < 0.02) trustChanges.push(trustChange(moment));
    return moment;
  });
  return {
    after,
    upTo: after + BigInt(events.length),
    rows: {
      moments,
      journeys: [...journeys.values()],
      customers: [...customers.values()],
      promises: [...promises.values()],
      trustChanges,
    },
  };
}

function momentOf(event: SampleCloudEvent, position: bigint, random: () => number): MomentRow {
  const { data } = event;
  const text = (value: unknown) => (value === undefined ? '' : String(value));
  const number = (value: unknown) => (typeof value === 'number' ? value : null);
  const actor = data.actor as { id?: string; team?: string; site?: string } | undefined;
  const time = Date.parse(event.time);
  const scored = number(data.perception) ?? number(data.score);
  return {
    position,
    recordedAt: time + 40,
    time,
    eventId: event.id,
    source: event.source,
    type: event.type,
    customerId: event.subject,
    journeyId: text(data.journeyId),
    journeyType: text(data.journeyType),
    touchpoint: text(data.touchpoint),
    channel: text(data.channel),
    outcome: text(data.outcome),
    cause: '',
    verdict: scored === null ? '' : random() < 0.8 ? 'confirmed' : 'failed',
    expectation: number(data.expectation),
    perception: scored,
    score:
      scored === null ? null : random() < 0.6 ? 70 : [0, 40.654_012_345_678_9, 62.966_101_234_567, 100][scored % 4]!,
    weight: scored === null ? null : 1,
    durationMs: number(data.durationMs),
    effort: null,
    expectationGiven: number(data.expectation),
    perceptionGiven: number(data.perception),
    ...{ reliability: null, assurance: null, tangibles: null, empathy: null, responsiveness: null },
    instrument: text(data.instrument),
    feedbackScore: number(data.score),
    comment: text(data.comment),
    promiseId: text(data.promiseId),
    complaintId: '',
    dueAt: data.dueAt === undefined ? null : Date.parse(String(data.dueAt)),
    amount: number(data.amount),
    currency: text(data.currency),
    recoveryKind: '',
    recoveryAccepted: null,
    actorId: text(actor?.id),
    actorTeam: text(actor?.team),
    actorSite: text(actor?.site),
    attributes: Object.fromEntries(
      Object.entries((data.attributes as Record<string, unknown>) ?? {}).map(([key, value]) => [key, String(value)]),
    ),
  };
}

function journeyAfter(before: JourneyRow | undefined, moment: MomentRow, random: () => number): JourneyRow {
  const done = moment.touchpoint === 'delivery.received' || before?.status === 'completed';
  const add = (texts: readonly string[], text: string) =>
    text === '' || texts.includes(text) ? texts : [...texts, text];
  return {
    version: moment.position,
    customerId: moment.customerId,
    journeyId: moment.journeyId,
    type: moment.journeyType,
    status: done ? 'completed' : 'open',
    startedAt: before?.startedAt ?? moment.time,
    lastAt: moment.time,
    endedAt: done ? (before?.endedAt ?? moment.time) : null,
    score: random() * 100,
    level: 'fairly-satisfied',
    moments: (before?.moments ?? 0) + (moment.outcome === '' ? 0 : 1),
    failures: (before?.failures ?? 0) + (moment.outcome === '' || moment.outcome === 'succeeded' ? 0 : 1),
    brokenPromises: 0,
    promisesKeptLate: 0,
    openComplaints: 0,
    touchpoints: add(before?.touchpoints ?? [], moment.touchpoint),
    channels: add(before?.channels ?? [], moment.channel),
    attributes: { ...before?.attributes, ...moment.attributes },
    standing: {},
    proof: Number(moment.position % 4_294_967_291n),
  };
}

function customerAfter(before: CustomerRow | undefined, moment: MomentRow, random: () => number): CustomerRow {
  return {
    version: moment.position,
    customerId: moment.customerId,
    stage: 'none',
    since: null,
    satisfaction: random() * 100,
    satisfiedMoments: (before?.satisfiedMoments ?? 0) + 1,
    streak: 1,
    delights: 0,
    purchases: (before?.purchases ?? 0) + (moment.amount === null ? 0 : 1),
    incidents: 0,
    journeys: before?.journeys ?? 1,
    moments: (before?.moments ?? 0) + 1,
    firstAt: before?.firstAt ?? moment.time,
    lastAt: moment.time,
    attitude: random() < 0.5,
    satisfied: random() < 0.7,
    nthLastPurchaseAt: null,
    lastMomentAt: moment.time,
    lastPurchaseAt: null,
    silenceMs: random() * 1e8,
    latestTeam: moment.actorTeam,
    nextDueAt: moment.time + 30 * 86_400_000,
    untoldAt: null,
    proof: Number(moment.position % 4_294_967_291n),
  };
}

function promiseAfter(known: Known, moment: MomentRow): PromiseRow {
  const before = known.promises.get(moment.promiseId);
  const row: PromiseRow = {
    version: moment.position,
    customerId: moment.customerId,
    promiseId: moment.promiseId,
    expected: false,
    journeyId: moment.journeyId,
    journeyType: moment.journeyType,
    touchpoint: 'delivery.received',
    what: 'The parcel is delivered on the day that the checkout named.',
    channel: '',
    actorTeam: moment.actorTeam,
    actorSite: moment.actorSite,
    attributes: {},
    madeAt: before?.madeAt ?? moment.time,
    dueAt: before?.dueAt ?? moment.dueAt ?? moment.time,
    state: before === undefined ? 'open' : 'kept',
    closedAt: before === undefined ? null : moment.time,
    proof: Number(moment.position % 4_294_967_291n),
  };
  known.promises.set(moment.promiseId, row);
  return row;
}

function trustChange(moment: MomentRow): TrustChangeRow {
  return {
    version: moment.position,
    customerId: moment.customerId,
    ordinal: Number(moment.position % 5n),
    from: 'none',
    to: 'cognitive',
    at: moment.time,
    because: 'earned',
    satisfaction: 71.5,
    isDeleted: false,
    proof: Number(moment.position % 4_294_967_291n),
  };
}
