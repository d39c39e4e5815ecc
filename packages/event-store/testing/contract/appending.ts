import { expect, test } from 'vitest';
import type { EventToAppend } from '../../src/port.ts';
import type { ContractContext } from './context.ts';
import { asAppended, event, everything } from './event.ts';

export function appending(context: ContractContext) {
  test('new events are accepted and read back as they were', async () => {
    const events = [
      event({ id: 'a' }),
      event({ id: 'b', stream: 'customer-2' }),
      event({ id: 'c', stream: 'changes-1' }),
    ];
    const before = Date.now();
    const { outcomes, position } = await context.store.append(events);
    expect(outcomes).toEqual(['accepted', 'accepted', 'accepted']);
    const stored = await everything(context.store);
    expect(stored.map(asAppended)).toEqual(events);
    expect(stored.at(-1)?.position).toBe(position);
    for (const { recordedAt } of stored) {
      expect(recordedAt).toBeGreaterThanOrEqual(before - 1000);
      expect(recordedAt).toBeLessThanOrEqual(Date.now() + 1000);
    }
  });

  test('an append of nothing accepts nothing and answers where the log ends', async () => {
    const { position } = await context.store.append([event()]);
    expect(await context.store.append([])).toEqual({ outcomes: [], position });
    expect(await everything(context.store)).toHaveLength(1);
  });

  test('an event is stored only where its stream is shorter than it may be; a repeat is found all the same', async () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => event({ id })) as [
      EventToAppend,
      EventToAppend,
      EventToAppend,
      EventToAppend,
    ];
    const other = event({ id: 'a', stream: 'customer-2' });
    const outcomesOf = async (events: readonly EventToAppend[], streamMax: number | readonly number[]) =>
      (await context.store.append(events, { streamMax })).outcomes;
    expect(await outcomesOf([a, b, c, other], 2)).toEqual(['accepted', 'accepted', 'full', 'accepted']);
    expect(await outcomesOf([a, c, event({ id: 'b', data: { is: 'other' } })], 2)).toEqual([
      'duplicate',
      'full',
      'conflict',
    ]);
    expect(await outcomesOf([c, d, c, b], [0, 3, 3, 0])).toEqual(['full', 'accepted', 'full', 'duplicate']);
    expect(await outcomesOf([c], 4)).toEqual(['accepted']);
    expect((await context.store.append([event({ id: 'e' })])).outcomes).toEqual(['accepted']);
    expect((await context.store.readStream('customer-1')).map(({ id }) => id)).toEqual(['a', 'b', 'd', 'c', 'e']);
  });

  test('a batch of 5,000 events over 500 streams is stored whole and in order', async () => {
    const events = Array.from({ length: 5000 }, (_, at) => event({ stream: `customer-${at % 500}`, id: `e-${at}` }));
    const { outcomes } = await context.store.append(events);
    expect(outcomes.every((outcome) => outcome === 'accepted')).toBe(true);
    const stored = await everything(context.store);
    expect(stored).toHaveLength(5000);
    for (const stream of ['customer-0', 'customer-499']) {
      const ofStream = events.filter((appended) => appended.stream === stream).map(({ id }) => id);
      expect(stored.filter((read) => read.stream === stream).map(({ id }) => id)).toEqual(ofStream);
      expect((await context.store.readStream(stream)).map(({ id }) => id)).toEqual(ofStream);
    }
  });

  test('a batch larger than one statement with repeats in it gets a outcome for each', async () => {
    await context.store.append(Array.from({ length: 130 }, (_, at) => event({ id: `e-${at * 3}` })));
    const { outcomes } = await context.store.append(Array.from({ length: 390 }, (_, at) => event({ id: `e-${at}` })));
    expect(outcomes).toEqual(Array.from({ length: 390 }, (_, at) => (at % 3 === 0 ? 'duplicate' : 'accepted')));
  });

  test('an event of a megabyte comes back whole', async () => {
    const long = event({ id: 'long', data: { comment: 'ä€𝄞 '.repeat(111_000) } });
    expect(Buffer.byteLength(long.body)).toBeGreaterThan(1_000_000);
    await context.store.append([event({ id: 'before' }), long, event({ id: 'after' })]);
    expect((await everything(context.store)).map(asAppended)[1]).toEqual(long);
    expect((await context.store.append([long])).outcomes).toEqual(['duplicate']);
  });

  test('names, ids and bodies keep every character', async () => {
    const odd = event({
      stream: 'customer-Ωmega 𝄞 %/?#"\'\\',
      source: '/quelle/ä?ö=ü#日本',
      id: 'e\u0301-𝄞-"quoted"',
      data: { comment: 'NUL \u0000, lone \ud800, newline \n, זרם' },
    });
    await context.store.append([odd]);
    expect((await everything(context.store)).map(asAppended)).toEqual([odd]);
    expect((await context.store.readStream(odd.stream)).map(asAppended)).toEqual([odd]);
    expect((await context.store.append([odd])).outcomes).toEqual(['duplicate']);
    expect((await context.store.append([{ ...odd, id: 'é-𝄞-"quoted"' }])).outcomes).toEqual(['accepted']);
  });

  test('the time that something was recorded never decreases along the log', async () => {
    for (let at = 0; at < 20; at++)
      await context.store.append([event({ id: `e-${at}`, stream: `customer-${at % 3}` })]);
    const times = (await everything(context.store)).map(({ recordedAt }) => recordedAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
}
