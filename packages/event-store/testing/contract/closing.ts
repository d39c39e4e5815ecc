import { expect, test } from 'vitest';
import type { StoredEvent } from '../../src/port.ts';
import type { ContractContext } from './context.ts';
import { asAppended, event, everything, rejection } from './event.ts';

export function closing(context: ContractContext) {
  test('reopened, the store knows all it knew: events, identities, rejections', async () => {
    const events = Array.from({ length: 120 }, (_, at) => event({ id: `e-${at}`, stream: `customer-${at % 11}` }));
    await context.store.append(events);
    await context.store.append([event({ id: 'late' })]);
    const [id] = await context.store.keepRejections([rejection({ payload: 'kept' })]);
    const before = await everything(context.store);
    const store = await context.reopen();
    expect((await everything(store)).map(asRead)).toEqual(before.map(asRead));
    const again = await store.append([
      ...events,
      event({ id: 'late' }),
      event({ id: 'e-3', stream: 'customer-3', data: { other: 1 } }),
    ]);
    expect(again.outcomes).toEqual([...Array(121).fill('duplicate'), 'conflict']);
    expect((await store.readStream('customer-3')).map(({ position }) => position)).toEqual(
      before.filter(({ stream }) => stream === 'customer-3').map(({ position }) => position),
    );
    expect((await store.getRejections([id!]))[0]?.payload).toBe('kept');
    const { position } = await store.append([event({ id: 'after' })]);
    expect(position).toBeGreaterThan(before.at(-1)!.position);
  });

  test('closing finishes what was begun', async () => {
    const begun: Promise<unknown>[] = [];
    for (let at = 0; at < 10; at++) {
      begun.push(context.store.append([event({ id: `e-${at}` })]));
      // Some appends share a turn of the event loop, others arrive while earlier ones are being
      // written.
      if (at % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all([context.store.close(), ...begun]);
    context.store = await context.place.open();
    expect(await everything(context.store)).toHaveLength(10);
  });

  test('a closed store refuses, and may be closed again', async () => {
    await context.store.close();
    await context.store.close();
    for (const call of [
      () => context.store.append([event()]),
      () => context.store.head(),
      () => context.store.readStream('customer-1'),
    ]) {
      await expect(call()).rejects.toMatchObject({ name: 'EventStoreError', code: 'closed' });
    }
    context.store = await context.place.open();
  });
}

function asRead(stored: StoredEvent) {
  return { ...asAppended(stored), position: stored.position, recordedAt: stored.recordedAt };
}
