import { expect, test } from 'vitest';
import type { StoredEvent, StreamRange } from '../../src/port.ts';
import type { ContractContext } from './context.ts';
import { event, everything } from './event.ts';

export function reading(context: ContractContext) {
  const appendTen = async () => {
    for (let at = 0; at < 10; at++) {
      await context.store.append([event({ id: `e-${at}`, stream: at % 2 === 0 ? 'customer-even' : 'changes-odd' })]);
    }
    return everything(context.store);
  };

  test('an empty log has nothing in it', async () => {
    expect(await everything(context.store)).toEqual([]);
    expect(await context.store.readStream('customer-1')).toEqual([]);
    expect(await context.store.greatestTime()).toBeNull();
    expect(await context.store.counts()).toEqual({ accepted: 0, stored: 0 });
  });

  test('positions strictly increase along the log and the head is the last of them', async () => {
    const stored = await appendTen();
    const positions = stored.map(({ position }) => position);
    expect(new Set(positions).size).toBe(10);
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
    expect(positions[0]).toBeGreaterThan(0n);
    expect(await context.store.head()).toBe(positions.at(-1));
  });

  test('a stream holds its own events in log order, from and up to a position', async () => {
    const even = (await appendTen()).filter(({ stream }) => stream === 'customer-even');
    const ids = async (options: { after?: bigint; upTo?: bigint }) =>
      (await context.store.readStream('customer-even', options)).map(({ id }) => id);
    expect(await ids({})).toEqual(['e-0', 'e-2', 'e-4', 'e-6', 'e-8']);
    expect(await ids({ after: even[1]!.position })).toEqual(['e-4', 'e-6', 'e-8']);
    expect(await ids({ upTo: even[1]!.position })).toEqual(['e-0', 'e-2']);
    expect(await ids({ after: even[0]!.position, upTo: even[3]!.position })).toEqual(['e-2', 'e-4', 'e-6']);
    expect(await ids({ after: even[4]!.position })).toEqual([]);
    expect(await context.store.readStream('customer-eve')).toEqual([]);
  });

  test('a long stream comes page by page, from and up to a position and from its so-manieth event', async () => {
    const LENGTH = 1_300;
    const events = Array.from({ length: LENGTH }, (_, at) => event({ id: `e-${at}`, stream: 'customer-long' }));
    await context.store.append([event({ id: 'before' }), ...events]);
    await context.store.append([event({ id: 'after' })]);
    const pagesOf = async (range?: StreamRange) => {
      const pages: string[][] = [];
      for await (const page of context.store.streamPages('customer-long', range)) pages.push(page.map(({ id }) => id));
      return pages;
    };
    const all = await pagesOf();
    expect(all.length).toBeGreaterThan(1);
    expect(Math.max(...all.map((page) => page.length))).toBeLessThanOrEqual(1_000);
    expect(all.flat()).toEqual(events.map(({ id }) => id));
    const stored = await context.store.readStream('customer-long');
    expect(stored.map(({ id }) => id)).toEqual(all.flat());
    const [after, upTo] = [stored[9]!.position, stored[1_199]!.position];
    expect((await pagesOf({ after, upTo })).flat()).toEqual(all.flat().slice(10, 1_200));
    expect((await pagesOf({ after, upTo, skip: 600 })).flat()).toEqual(all.flat().slice(610, 1_200));
    expect(await pagesOf({ skip: LENGTH })).toEqual([]);
    // A reader that has seen enough leaves.
    for await (const page of context.store.streamPages('customer-long')) {
      expect(page.length).toBeLessThan(LENGTH);
      break;
    }
    expect(await context.store.head()).toBeGreaterThan(upTo);
  });

  test('the log is read from and up to a position', async () => {
    const stored = await appendTen();
    const ids = async (options: { after?: bigint; upTo?: bigint }) =>
      (await everything(context.store, options)).map(({ id }) => id);
    expect(await ids({ after: stored[6]!.position })).toEqual(['e-7', 'e-8', 'e-9']);
    expect(await ids({ upTo: stored[2]!.position })).toEqual(['e-0', 'e-1', 'e-2']);
    expect(await ids({ after: stored[2]!.position, upTo: stored[4]!.position })).toEqual(['e-3', 'e-4']);
    expect(await ids({ after: stored[9]!.position })).toEqual([]);
  });

  test('the log is read for the streams that begin with a prefix', async () => {
    await appendTen();
    expect((await everything(context.store, { streamPrefix: 'changes-' })).map(({ id }) => id)).toEqual([
      'e-1',
      'e-3',
      'e-5',
      'e-7',
      'e-9',
    ]);
    expect(await everything(context.store, { streamPrefix: 'none-' })).toEqual([]);
  });

  test('no page is larger than asked for', async () => {
    const stored = await appendTen();
    const pages: (readonly StoredEvent[])[] = [];
    for await (const page of context.store.readAll({ pageSize: 3 })) pages.push(page);
    expect(pages.every((page) => page.length > 0 && page.length <= 3)).toBe(true);
    expect(pages.flat().map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
  });

  test('a read ends at the head as it was when it began', async () => {
    await appendTen();
    const ids: string[] = [];
    for await (const page of context.store.readAll({ pageSize: 4 })) {
      ids.push(...page.map(({ id }) => id));
      await context.store.append([event({ id: `later-${ids.length}` })]);
    }
    expect(ids).toEqual(Array.from({ length: 10 }, (_, at) => `e-${at}`));
  });
}
