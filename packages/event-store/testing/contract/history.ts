import { expect, test } from 'vitest';
import { proofOf } from '../../src/history.ts';
import type { ContractContext } from './context.ts';
import { event, everything } from './event.ts';

export function history(context: ContractContext) {
  const append = async (...ids: readonly string[]) => {
    for (const id of ids) await context.store.append([event({ id, stream: `customer-${id.length % 2}` })]);
    return everything(context.store);
  };

  test('a log has a name, which it keeps, and which is no event of it', async () => {
    const name = await context.store.identity();
    expect(name).not.toBe('');
    await append('a');
    expect(await (await context.reopen()).identity()).toBe(name);
    expect(await everything(context.store)).toHaveLength(1);
  });

  test('a log holds all that was read of it, whatever came since', async () => {
    const stored = await append('a', 'bb', 'c');
    await append('dd');
    for (const open of [async () => context.store, context.reopen]) {
      const store = await open();
      for (const each of stored) expect(await store.holds(proofOf(each))).toBe(true);
    }
    expect(await context.store.holds('{"position":"1"}')).toBe(false);
    expect(await context.store.holds('no proof')).toBe(false);
    expect(await everything(context.store, { history: proofOf(stored[1]!), after: stored[1]!.position })).toHaveLength(
      2,
    );
  });

  test('a log that was put back holds nothing of what it lost, also once it has grown past its old end', async (test) => {
    const { backup } = context.place;
    if (backup === undefined) return test.skip('this place cannot be put back');
    const [kept] = await append('a');
    const name = await context.store.identity();
    await context.store.close();
    const putBack = await backup();
    context.store = await context.place.open();
    const lost = (await append('bb', 'c')).slice(1).map(proofOf);
    const { signal } = new AbortController();
    await context.store.close();
    await putBack();
    context.store = await context.place.open();
    for (const grown of [[], ['bb', 'c', 'dd', 'e', 'ff', 'g']]) {
      await append(...grown);
      expect(await context.store.identity()).toBe(name);
      expect(await context.store.holds(proofOf(kept!))).toBe(true);
      for (const proof of lost) {
        expect(await context.store.holds(proof)).toBe(false);
        await expect(everything(context.store, { history: proof })).rejects.toMatchObject({ code: 'diverged' });
        const following = context.store.subscribe({ history: proof, signal })[Symbol.asyncIterator]();
        await expect(following.next()).rejects.toMatchObject({ name: 'EventStoreError', code: 'diverged' });
      }
    }
    expect(await everything(context.store, { history: proofOf(kept!) })).toHaveLength(7);
  });
}
