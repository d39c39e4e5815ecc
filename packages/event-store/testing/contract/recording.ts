import { expect, test } from 'vitest';
import { minuteOf } from '../../src/minute-counts.ts';
import type { EventStore, StoredEvent } from '../../src/port.ts';
import type { ContractContext } from './context.ts';
import { event, everything, rejection } from './event.ts';

const MINUTE_MS = 60_000;

export function recording(context: ContractContext) {
  /**
   * Appends single events and groups while the store's clock advances and steps back, within the
   * minute of an append and beyond it.
   */
  async function appendWhileTheClockSteps(stepBy: (ms: number) => void): Promise<void> {
    const steps = [0, 4 * MINUTE_MS, -5 * MINUTE_MS, 1000, 3 * MINUTE_MS, -MINUTE_MS, 10 * MINUTE_MS, -1];
    for (const [nth, ms] of steps.entries()) {
      stepBy(ms);
      const ids = Array.from({ length: 1 + (nth % 3) }, (_, at) => `${nth}-${at}`);
      await context.store.append(ids.map((id) => event({ id, stream: `customer-${nth % 2}` })));
      await context.store.append([event({ id: `${nth}`, stream: 'changes-1' })]);
    }
  }

  const timesOf = (events: readonly StoredEvent[]) => events.map(({ position, recordedAt }) => [position, recordedAt]);

  async function followed(store: EventStore, after: bigint, upTo: bigint): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    const { signal } = new AbortController();
    for await (const item of store.subscribe({ after, upTo, signal, pageSize: 2 })) {
      if (item.kind === 'events') events.push(...item.events);
      else if (item.position >= upTo) break;
    }
    return events;
  }

  test('when an event was recorded never decreases, and is the same for every reader, wherever they begin and whoever read before', async (test) => {
    const { stepBy } = context.place;
    if (stepBy === undefined) return test.skip('the clock of this store cannot be set');
    await appendWhileTheClockSteps(stepBy);
    const all = await everything(context.store);
    const times = all.map(({ recordedAt }) => recordedAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBeGreaterThanOrEqual(3);
    const head = all.at(-1)!.position;
    for (const open of [async () => context.store, context.reopen]) {
      // Reads from the end backwards, so that no earlier read covers what comes before.
      for (const { position } of all.filter((_, nth) => nth % 5 === 2).reverse()) {
        const behind = timesOf(all.filter((each) => each.position > position));
        const store = await open();
        expect(timesOf(await followed(store, position, head))).toEqual(behind);
        expect(timesOf(await everything(store, { after: position, pageSize: 2 }))).toEqual(behind);
      }
      for (const stream of ['customer-0', 'customer-1', 'changes-1']) {
        const its = all.filter((each) => each.stream === stream);
        const store = await open();
        expect(timesOf(await store.readStream(stream))).toEqual(timesOf(its));
        const [, second] = its;
        const range = { after: second!.position, upTo: its.at(-2)!.position };
        expect(timesOf(await store.readStream(stream, range))).toEqual(timesOf(its.slice(2, -1)));
        expect(timesOf(await everything(store, { streamPrefix: stream, after: second!.position }))).toEqual(
          timesOf(its.slice(2)),
        );
      }
      expect(await (await open()).lastRecordedAt()).toBe(times.at(-1));
    }
  });

  test('events are counted in the minute in which readers see them recorded, also where the clock stepped back', async (test) => {
    const { stepBy } = context.place;
    if (stepBy === undefined) return test.skip('the clock of this store cannot be set');
    await appendWhileTheClockSteps(stepBy);
    const all = await everything(context.store);
    const to = minuteOf(all.at(-1)!.recordedAt) + MINUTE_MS;
    const { ranges, counts } = await context.store.countMinutes({ from: minuteOf(all[0]!.recordedAt), to });
    for (const { position, recordedAt } of all) {
      const range = ranges.find(({ after, upTo }) => position > after && position <= upTo);
      expect(range?.minute).toBe(minuteOf(recordedAt));
    }
    for (const { minute, accepted, stored } of counts) {
      const its = all.filter((each) => each.stream.startsWith('customer-') && minuteOf(each.recordedAt) === minute);
      expect({ accepted, stored: stored.events }).toEqual({ accepted: its.length, stored: its.length });
    }
  });

  test('what was rejected, or resolved, was so no earlier than what was recorded before it', async (test) => {
    const { stepBy } = context.place;
    if (stepBy === undefined) return test.skip('the clock of this store cannot be set');
    const ids: bigint[] = [];
    for (const [nth, ms] of [0, 5000, -9000, 2000, 20_000, -1000].entries()) {
      stepBy(ms);
      await context.store.append([event({ id: `${nth}` })]);
      ids.push(...(await context.store.keepRejections([rejection({ payload: `${nth}` })])));
    }
    stepBy(-1000);
    await context.store.append([event({ id: 'last' })]);
    await context.store.resolveRejections(ids.slice(0, 1));
    const recorded = (await everything(context.store)).map(({ recordedAt }) => recordedAt);
    const store = await context.reopen();
    const listed = await store.listRejections({ limit: 10, includeResolved: true });
    expect(await store.getRejections(ids)).toEqual(listed);
    for (const [nth, { rejectedAt }] of listed.entries()) expect(rejectedAt).toBeGreaterThanOrEqual(recorded[nth]!);
    expect(listed[0]!.resolvedAt).toBeGreaterThanOrEqual(recorded.at(-1)!);
  });
}
