import fc from 'fast-check';
import { expect, test } from 'vitest';
import { history, measures } from '../testing/random-history.ts';
import { apply } from './apply.ts';
import { newChanges } from './changes.ts';
import { COMPLAINT_OPEN, type Deadline, JOURNEY_ABANDONED, PROMISE_DUE, STAGE_IDLE } from './deadlines.ts';
import { definitionsByType, touchpointOf } from './definitions.ts';
import type { JourneyEvent } from './events.ts';
import { recentIncidents } from './incidents.ts';
import { DAY_MS, daysMs, formatInstant } from './instant.ts';
import { policyV1 } from './policy.ts';
import { abandonedAt, nextDueAt, settleNext } from './settle.ts';
import { type CustomerState, initialState } from './state.ts';
import { idleDeadline, standingFailures } from './trust.ts';

const { policy } = measures;

/** The first deadline, computed naively from all there are. */
function firstDue(state: CustomerState): Deadline | null {
  const { stage, since } = state.trust;
  const due: Deadline[] = [];
  for (const [key, { dueAt, state: fate }] of state.promises) {
    if (fate === 'open') due.push({ at: dueAt, kind: PROMISE_DUE, id: key });
  }
  for (const { id, raisedAt, resolvedAt } of state.complaints.values()) {
    if (resolvedAt !== null || stage !== 'affective') continue;
    due.push({ at: Math.max(raisedAt + daysMs(policy.trust.complaintOpenDays), since!), kind: COMPLAINT_OPEN, id });
  }
  for (const journey of state.journeys.values()) {
    if (journey.status === 'open')
      due.push({ at: abandonedAt(measures, journey), kind: JOURNEY_ABANDONED, id: journey.id });
  }
  const idle = idleDeadline(policy, state.trust);
  if (idle !== null) due.push({ at: idle, kind: STAGE_IDLE, id: '' });
  due.sort((a, b) => a.at - b.at || a.kind - b.kind || (a.id < b.id ? -1 : 1));
  return due[0] ?? null;
}

/** The incidents of a customer, kept as a plain list beside the state. */
function plainIncidents() {
  let incidents: { readonly at: number; readonly id: string | null }[] = [];
  const broken = new Set<string>();
  const raised = new Set<string>();
  return {
    noteStep(state: CustomerState, event: JourneyEvent | null): void {
      for (const [id, { dueAt, counts, state: fate }] of state.promises) {
        if (!counts) continue;
        const isBroken = fate === 'broken' || fate === 'kept-late';
        if (isBroken && !broken.has(id)) incidents.push({ at: dueAt, id });
        if (!isBroken) incidents = incidents.filter((incident) => incident.id !== id);
        if (isBroken) broken.add(id);
      }
      for (const { id, raisedAt } of state.complaints.values()) {
        if (!raised.has(id)) incidents.push({ at: raisedAt, id: null });
        raised.add(id);
      }
      if (event !== null && isCriticalFailure(state, event)) incidents.push({ at: event.time, id: null });
      if (event?.type === 'touchstone.relationship.ended.v1') incidents = [];
    },
    countAt: (clock: number) => incidents.filter(({ at }) => at > clock - 90 * DAY_MS).length,
  };
}

function isCriticalFailure(state: CustomerState, { type, data }: JourneyEvent): boolean {
  if (type !== 'touchstone.moment.recorded.v1' || data.journeyId === undefined || data.outcome !== 'failed')
    return false;
  const definition = measures.definitions.get(state.journeys.get(data.journeyId)!.type);
  return touchpointOf(definition, data.touchpoint)?.critical === true;
}

function standingPlainly(state: CustomerState): number {
  const times = [...state.journeys.values()].flatMap(({ standing }) => [...standing.values()]);
  return times.filter((time) => state.clock! - time < 90 * DAY_MS).length;
}

/**
 * Histories with more ids than the common ones, including ids that sort differently by code point;
 * many deadlines coincide.
 */
const NAMES = ['', 'B', 'b', 'é', '\u{1f600}', '\ufffd'];
const crowded = fc
  .tuple(history, fc.infiniteStream(fc.nat(NAMES.length - 1)), fc.boolean())
  .map(([events, names, isCoarse]) =>
    events.map((event): JourneyEvent => {
      const data: Record<string, unknown> = { ...event.data };
      for (const name of ['promiseId', 'complaintId', 'journeyId']) {
        if (data[name] !== undefined) data[name] = `${NAMES[names.next().value!]}${data[name]}`;
      }
      if (!isCoarse) return { ...event, data } as JourneyEvent;
      if (data.dueAt !== undefined) data.dueAt = formatInstant(wholeDays(Date.parse(data.dueAt as string)));
      return { ...event, time: wholeDays(event.time), data } as JourneyEvent;
    }),
  );
const wholeDays = (time: number) => Math.floor(time / (5 * DAY_MS)) * 5 * DAY_MS;

/**
 * Applies the history step by step and compares each step with the naive computation. Returns the
 * kinds of deadlines that passed.
 */
function holdToPlain(events: readonly JourneyEvent[]): ReadonlySet<number> {
  const state = initialState('c1');
  const incidents = plainIncidents();
  const kinds = new Set<number>();
  const check = (event: JourneyEvent | null) => {
    incidents.noteStep(state, event);
    expect(recentIncidents(policy, state)).toBe(incidents.countAt(state.clock!));
    expect(standingFailures(policy, state)).toBe(standingPlainly(state));
    expect(state.openComplaints).toBe([...state.complaints.values()].filter((each) => each.resolvedAt === null).length);
  };
  const settleTo = (time: number) => {
    for (;;) {
      const plain = firstDue(state);
      expect(nextDueAt(measures, state)).toBe(plain?.at ?? null);
      const fellDue = settleNext(measures, state, time, newChanges());
      expect(fellDue).toEqual(plain !== null && plain.at < Math.max(state.clock ?? 0, time) ? plain : null);
      check(null);
      if (fellDue === null) return;
      kinds.add(fellDue.kind);
    }
  };
  for (const event of events) {
    settleTo(event.time);
    apply(measures, state, event, newChanges());
    check(event);
  }
  settleTo(state.clock! + 400 * DAY_MS);
  return kinds;
}

test('what falls due next, and what counts as an incident or stands, is what looking at everything says', () => {
  const met = new Set<number>();
  fc.assert(
    fc.property(crowded, (events) => {
      for (const kind of holdToPlain(events)) met.add(kind);
    }),
    { numRuns: 600, seed: 28 },
  );
  expect([...met].sort()).toEqual([PROMISE_DUE, COMPLAINT_OPEN, JOURNEY_ABANDONED, STAGE_IDLE]);
}, 300_000);

test('of complaints that were too old when the affective stage was entered from above, the one with the least id costs it', () => {
  const START = Date.UTC(2024, 0, 1);
  let told = 0;
  const event = (day: number, name: string, data: object) =>
    ({
      id: `e${told++}`,
      source: '/t',
      type: `touchstone.${name}.v1`,
      customerId: 'c1',
      time: START + day * DAY_MS,
      data,
    }) as JourneyEvent;
  const plain = { policy: policyV1, definitions: definitionsByType([]) };
  const state = initialState('c1');
  const delights = [0, 5, 10, 15, 20, 25, 31, 40, 90, 95, 100].map((day) =>
    event(day, 'moment.recorded', { touchpoint: 'desk', channel: 'web', outcome: 'succeeded', perception: 5 }),
  );
  const purchases = [1, 2, 92].map((day) => event(day, 'purchase.made', { amount: 1, currency: 'EUR' }));
  const complaints = [
    event(110, 'complaint.raised', { complaintId: 'z' }),
    event(210, 'complaint.raised', { complaintId: 'b' }),
  ];
  const inOrder = [...delights, ...purchases].sort((a, b) => a.time - b.time);
  for (const each of [...inOrder, ...complaints]) apply(plain, state, each, newChanges());
  expect(state.trust.stage).toBe('behavioural');
  const fellDue: Deadline[] = [];
  for (;;) {
    const next = settleNext(plain, state, START + 700 * DAY_MS, newChanges());
    if (next === null) break;
    fellDue.push(next);
  }
  const lost = state.history.find(({ from }) => from === 'behavioural')!;
  expect(lost.because).toBe('no-purchase');
  expect(fellDue.slice(0, 2)).toEqual([
    { at: lost.at, kind: STAGE_IDLE, id: '' },
    { at: lost.at, kind: COMPLAINT_OPEN, id: 'b' },
  ]);
  expect(state.history.find(({ from, to }) => from === 'affective' && to === 'cognitive')!.because).toBe(
    'complaint-open',
  );
});
