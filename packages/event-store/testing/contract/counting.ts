import { expect, test } from 'vitest';
import { type MinuteCounts, positionChecksum } from '../../src/port.ts';
import type { ContractContext } from './context.ts';
import { event, everything } from './event.ts';

const MINUTE_MS = 60_000;

export function counting(context: ContractContext) {
  test('published events are counted as accepted and as stored, and the others as neither', async () => {
    await context.store.append([event({ id: 'a' }), event({ id: 'b', stream: 'customer-2' }), event({ id: 'a' })]);
    await context.store.append([event({ id: 'x', stream: 'changes-1' }), event({ id: 'y', stream: 'definitions' })]);
    await context.store.append([event({ id: 'a', data: { other: true } })]);
    expect(await context.store.counts()).toEqual({ accepted: 2, stored: 2 });
    expect(await (await context.reopen()).counts()).toEqual({ accepted: 2, stored: 2 });
  });

  test('the greatest time is that of a published event, wherever it stands in the log', async () => {
    await context.store.append([
      event({ id: 'a', time: 5000 }),
      event({ id: 'b', time: 9000 }),
      event({ id: 'c', time: 7000 }),
    ]);
    await context.store.append([event({ id: 'd', time: 99_000, stream: 'changes-1' })]);
    expect(await context.store.greatestTime()).toBe(9000);
    expect(await (await context.reopen()).greatestTime()).toBe(9000);
  });
}

export function countingMinutes(context: ContractContext) {
  /**
   * A span around everything that a test appends, with a minute to spare where the test does not
   * control the store's clock.
   */
  const span = async () => {
    const last = (await context.store.lastRecordedAt()) ?? Date.now();
    const minute = last - (last % MINUTE_MS);
    return { from: minute - 5 * MINUTE_MS, to: minute + MINUTE_MS };
  };
  /** Sums over minutes, because a test may run across the end of one. */
  const bySource = (counts: readonly MinuteCounts[]) => {
    const sums: Record<string, { accepted: number; stored: number; upTo: number[] }> = {};
    for (const { source, accepted, stored, upTo } of counts) {
      sums[source] ??= { accepted: 0, stored: 0, upTo: upTo.map(() => 0) };
      const sum = sums[source];
      sum.accepted += accepted;
      sum.stored += stored.events;
      for (const [at, { events }] of upTo.entries()) sum.upTo[at]! += events;
    }
    return sums;
  };
  const appendMixed = async () => {
    await context.store.append([
      event({ id: 'a', source: '/shop' }),
      event({ id: 'b', source: '/bank "ä"' }),
      event({ id: 'c', source: '/shop' }),
      event({ id: 'd', source: '/shop', stream: 'customer-2' }),
      event({ id: 'x', source: '/shop', stream: 'changes-1' }),
    ]);
    await context.store.append([event({ id: 'a', source: '/shop' }), event({ id: 'e', source: '/bank "ä"' })]);
    await context.store.append([event({ id: 'a', source: '/shop', data: { other: true } })]);
  };

  test('an empty log was never written to, and has no minutes', async () => {
    expect(await context.store.lastRecordedAt()).toBeNull();
    expect(await context.store.countMinutes({ from: 0, to: 100 * MINUTE_MS })).toEqual({ ranges: [], counts: [] });
  });

  test('what was accepted and what is stored is told by minute and source, of published events alone', async () => {
    await appendMixed();
    const expected = {
      '/shop': { accepted: 3, stored: 3, upTo: [] },
      '/bank "ä"': { accepted: 2, stored: 2, upTo: [] },
    };
    expect(bySource((await context.store.countMinutes(await span())).counts)).toEqual(expected);
    const store = await context.reopen();
    expect(bySource((await store.countMinutes(await span())).counts)).toEqual(expected);
  });

  test('each event is counted in the minute in which it was recorded, and lies in the range of that minute', async () => {
    await appendMixed();
    const { ranges, counts } = await context.store.countMinutes(await span());
    const stored = await everything(context.store);
    expect(await context.store.lastRecordedAt()).toBe(stored.at(-1)!.recordedAt);
    const checksums = new Map<string, number>();
    for (const { position, source, stream } of stored) {
      const range = ranges.find(({ after, upTo }) => position > after && position <= upTo)!;
      if (!stream.startsWith('customer-')) continue;
      const key = `${range.minute} ${source}`;
      checksums.set(key, (checksums.get(key) ?? 0) + positionChecksum(position));
    }
    expect(
      new Map(counts.map(({ minute, source, stored: { checksum } }) => [`${minute} ${source}`, checksum])),
    ).toEqual(checksums);
    expect(counts.map(({ minute }) => minute)).toEqual(counts.map(({ minute }) => minute).sort((a, b) => a - b));
    for (const [at, range] of ranges.entries()) {
      expect(range.minute % MINUTE_MS).toBe(0);
      if (at > 0) expect(range.after).toBe(ranges[at - 1]!.upTo);
    }
    expect(ranges[0]!.after).toBeLessThan(stored[0]!.position);
    expect(ranges.at(-1)!.upTo).toBe(stored.at(-1)!.position);
  });

  test('a span begins and ends where it is told', async () => {
    await appendMixed();
    const { from, to } = await span();
    expect((await context.store.countMinutes({ from: to, to: to + MINUTE_MS })).counts).toEqual([]);
    expect((await context.store.countMinutes({ from: from - MINUTE_MS, to: from })).ranges).toEqual([]);
    expect((await context.store.countMinutes({ from, to: from })).counts).toEqual([]);
    await expect((async () => context.store.countMinutes({ from: from + 1, to }))()).rejects.toThrow(RangeError);
  });

  test('what is stored is cut at marks, wherever they lie', async () => {
    await appendMixed();
    const stored = await everything(context.store);
    const marks = [stored[1]!.position, 0n, stored.at(-1)!.position + 1000n, stored[1]!.position, stored[3]!.position];
    const sums = bySource((await context.store.countMinutes({ ...(await span()), marks })).counts);
    const upTo = (source: string) =>
      marks.map(
        (mark) =>
          stored.filter(
            (each) => each.source === source && each.stream.startsWith('customer-') && each.position <= mark,
          ).length,
      );
    expect(sums['/shop']?.upTo).toEqual(upTo('/shop'));
    expect(sums['/bank "ä"']?.upTo).toEqual(upTo('/bank "ä"'));
  });

  test('a span of more events than are to be counted is refused, and says how many there are', async () => {
    await context.store.append(Array.from({ length: 10 }, (_, at) => event({ id: `e-${at}` })));
    await expect(context.store.countMinutes({ ...(await span()), eventsMax: 9 })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('10 events'),
    });
    const { counts } = await context.store.countMinutes({ ...(await span()), eventsMax: 10 });
    expect(bySource(counts)['/test']?.stored).toBe(10);
  });

  test('a count that nobody waits for any more ends with the reason', async () => {
    await context.store.append(Array.from({ length: 10 }, (_, at) => event({ id: `e-${at}` })));
    const given = await span();
    const left = new Error('nobody waits');
    await expect(context.store.countMinutes({ ...given, signal: AbortSignal.abort(left) })).rejects.toBe(left);
    const leaving = new AbortController();
    const count = context.store.countMinutes({ ...given, signal: leaving.signal });
    leaving.abort(left);
    await expect(count).rejects.toBe(left);
    expect(bySource((await context.store.countMinutes(given)).counts)['/test']?.stored).toBe(10);
  });

  test('events that are appended while minutes are counted are in both counts or in neither', async () => {
    await context.store.append([event({ id: 'first' })]);
    const around = await span();
    const wide = { from: around.from, to: around.to + 5 * MINUTE_MS };
    const appending = Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        context.store.append([event({ id: `e-${at}`, stream: `customer-${at % 20}` })]),
      ),
    );
    let isOver = false;
    const ended = appending.finally(() => {
      isOver = true;
    });
    do {
      const { accepted, stored } = bySource((await context.store.countMinutes(wide)).counts)['/test']!;
      expect(accepted).toBe(stored);
      await new Promise((resolve) => setImmediate(resolve));
    } while (!isOver);
    await ended;
    expect(bySource((await context.store.countMinutes(wide)).counts)['/test']).toMatchObject({
      accepted: 201,
      stored: 201,
    });
  });
}
