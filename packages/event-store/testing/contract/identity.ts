import { expect, test } from 'vitest';
import type { ContractContext } from './context.ts';
import { asAppended, event, everything } from './event.ts';

export function identity(context: ContractContext) {
  test('the same event again is a duplicate and is stored once', async () => {
    const first = await context.store.append([event()]);
    const again = await context.store.append([event()]);
    expect(again.outcomes).toEqual(['duplicate']);
    expect(again.position).toBeGreaterThanOrEqual(first.position);
    expect(await everything(context.store)).toHaveLength(1);
  });

  test('the same identity with other content is a conflict and the first stays', async () => {
    await context.store.append([event({ data: { outcome: 'succeeded' } })]);
    const others = [event({ data: { outcome: 'failed' } }), event({ time: 7 }), event({ type: 'other.v1' })];
    expect((await context.store.append(others)).outcomes).toEqual(['conflict', 'conflict', 'conflict']);
    expect((await everything(context.store)).map(asAppended)).toEqual([event({ data: { outcome: 'succeeded' } })]);
  });

  test('the order of keys is no difference in content', async () => {
    await context.store.append([event({ data: { a: 1, b: { c: [1, 2], d: null } } })]);
    const turned = event({ data: { b: { d: null, c: [1, 2] }, a: 1 } });
    const otherArray = event({ data: { b: { d: null, c: [2, 1] }, a: 1 } });
    expect((await context.store.append([turned, otherArray])).outcomes).toEqual(['duplicate', 'conflict']);
  });

  test('a customer told in the data too, and a member that is null, are no difference in content', async () => {
    const said = { amount: 7, list: [null, { at: 0 }] };
    await context.store.append([event({ data: said })]);
    const others = [
      { ...said, customerId: 'ann' },
      { ...said, reason: null, list: [null, { at: -0, by: null }] },
      { ...said, reason: '' },
      { ...said, list: [{ at: 0 }] },
    ];
    const body = (data: object) => ({ ...event(), body: event({ data }).body.replace('"at":0,', '"at":-0,') });
    expect((await context.store.append(others.map(body))).outcomes).toEqual([
      'duplicate',
      'duplicate',
      'conflict',
      'conflict',
    ]);
  });

  test('what was stored with a member that is null, or with its customer in the data, is found by what leaves them out', async () => {
    await context.store.append([event({ data: { amount: 7, reason: null, customerId: 'ann' } })]);
    expect((await context.store.append([event({ data: { amount: 7 } })])).outcomes).toEqual(['duplicate']);
  });

  test('times within one millisecond are other content, where both say more than the millisecond', async () => {
    const at = (id: string, time: string) => {
      const plain = event({ id });
      return { ...plain, body: JSON.stringify({ ...JSON.parse(plain.body), time }) };
    };
    const [coarse, early, late] = ['000', '0001', '0009'].map((digits) => `2026-03-01T09:00:00.${digits}Z`);
    await context.store.append([at('1', early!), at('2', coarse!)]);
    const again = [at('1', early!), at('1', late!), at('1', coarse!), at('2', late!)];
    expect((await context.store.append(again)).outcomes).toEqual(['duplicate', 'conflict', 'duplicate', 'duplicate']);
  });

  test('extension attributes are no difference in content', async () => {
    const body = (extensions: object) => {
      const plain = event();
      return { ...plain, body: JSON.stringify({ ...JSON.parse(plain.body), ...extensions }) };
    };
    await context.store.append([body({ traceparent: '00-1' })]);
    expect((await context.store.append([body({ traceparent: '00-2' }), body({})])).outcomes).toEqual([
      'duplicate',
      'duplicate',
    ]);
  });

  test('one instant written in two ways is no difference in content', async () => {
    const plain = event({ time: Date.UTC(2026, 0, 1) });
    await context.store.append([plain]);
    const body = JSON.stringify({ ...JSON.parse(plain.body), time: '2026-01-01T01:00:00+01:00' });
    expect((await context.store.append([{ ...plain, body }])).outcomes).toEqual(['duplicate']);
  });

  test('the same id under another customer or source is another event', async () => {
    const events = [event(), event({ stream: 'customer-2' }), event({ source: '/other' })];
    expect((await context.store.append(events)).outcomes).toEqual(['accepted', 'accepted', 'accepted']);
    // Nor may source and id run together.
    const split = [
      event({ source: '/a', id: 'b/c' }),
      event({ source: '/a/b', id: 'c' }),
      event({ source: '/ab', id: '/c' }),
    ];
    expect((await context.store.append(split)).outcomes).toEqual(['accepted', 'accepted', 'accepted']);
  });

  test('within one append the first of an identity wins', async () => {
    const { outcomes } = await context.store.append([
      event({ id: 'a', data: { n: 1 } }),
      event({ id: 'a', data: { n: 1 } }),
      event({ id: 'a', data: { n: 2 } }),
      event({ id: 'b' }),
    ]);
    expect(outcomes).toEqual(['accepted', 'duplicate', 'conflict', 'accepted']);
    expect((await everything(context.store)).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('of concurrent appends of one event exactly one is accepted', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => context.store.append([event({ id: 'same' }), event({ id: `own-${at}` })])),
    );
    const outcomes = answers.map((answer) => answer.outcomes[0]);
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(19);
    expect(answers.every((answer) => answer.outcomes[1] === 'accepted')).toBe(true);
    expect(await everything(context.store)).toHaveLength(21);
  });

  test('of concurrent appends of one identity with different contents one is accepted and the others conflict', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => context.store.append([event({ data: { n } })])),
    );
    expect(answers.map((answer) => answer.outcomes[0]).sort()).toEqual(['accepted', ...Array(9).fill('conflict')]);
  });
}
