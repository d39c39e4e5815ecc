import { expect, test } from 'vitest';
import type { ContractContext } from './context.ts';
import { everything, rejection } from './event.ts';

export function rejecting(context: ContractContext) {
  test('what was rejected is kept as it was, and listed a page at a time', async () => {
    const odd = rejection({
      payload: 'NUL \u0000, lone \ud800, ä𝄞',
      payloadBase64: 'AP8=',
      subject: 'customer ä',
      eventId: 'e-1',
      source: '/s',
    });
    const ids = await context.store.keepRejections([odd, rejection({ code: 'conflict' })]);
    const more = await context.store.keepRejections([rejection({ payload: '' })]);
    const all = [...ids, ...more];
    expect(all).toEqual([...all].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(all).size).toBe(3);
    const listed = await context.store.listRejections({ limit: 2 });
    expect(listed.map(({ rejectionId }) => rejectionId)).toEqual(all.slice(0, 2));
    expect(listed[0]).toMatchObject(odd);
    expect(listed[0]?.resolvedAt).toBeNull();
    expect(listed[0]?.rejectedAt).toBeGreaterThan(0);
    const next = await context.store.listRejections({ limit: 2, after: all[1]! });
    expect(next.map(({ rejectionId }) => rejectionId)).toEqual(all.slice(2));
    expect(await context.store.listRejections({ limit: 2, after: all[2]! })).toEqual([]);
  });

  test('a resolved rejection leaves the list, and stays to be found', async () => {
    const ids = await context.store.keepRejections([
      rejection({ payload: 'a' }),
      rejection({ payload: 'b' }),
      rejection({ payload: 'c' }),
    ]);
    await context.store.resolveRejections([ids[1]!]);
    await context.store.resolveRejections([ids[1]!]);
    const payloads = async (includeResolved: boolean) =>
      (await context.store.listRejections({ limit: 10, includeResolved })).map(({ payload }) => payload);
    expect(await payloads(false)).toEqual(['a', 'c']);
    expect(await payloads(true)).toEqual(['a', 'b', 'c']);
    const [second, first] = await context.store.getRejections([ids[1]!, ids[0]!, 999_999n]);
    expect(second?.payload).toBe('b');
    expect(second?.resolvedAt).toBeGreaterThan(0);
    expect(first?.resolvedAt).toBeNull();
    expect(await context.store.getRejections([])).toEqual([]);
  });

  test('a listing ends early where rejections are large, and goes on behind it', async () => {
    const payload = 'x'.repeat(900_000);
    const ids: bigint[] = [];
    while (ids.length < 12) ids.push(...(await context.store.keepRejections([rejection({ payload })])));
    const found: bigint[] = [];
    const sizes: number[] = [];
    for (let after = 0n; ; after = found.at(-1)!) {
      const page = await context.store.listRejections({ limit: 500, after });
      if (page.length === 0) break;
      sizes.push(page.length);
      found.push(...page.map(({ rejectionId }) => rejectionId));
    }
    expect(found).toEqual(ids);
    expect(sizes).toEqual([3, 3, 3, 3]);
  });

  test('rejections are no events', async () => {
    await context.store.keepRejections([rejection({})]);
    expect(await context.store.counts()).toEqual({ accepted: 0, stored: 0 });
    expect(await everything(context.store)).toEqual([]);
    expect(await context.store.readStream('customer-1')).toEqual([]);
  });
}
