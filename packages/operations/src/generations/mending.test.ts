import type { EventStore } from '@touchstone/event-store';
import type { Distrust, ReadModels, Verification } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { expect, test, vi } from 'vitest';
import { NO_REBUILD } from '../rebuild/rebuild.ts';
import type { Filling } from '../workers.ts';
import { mending } from './mending.ts';
import { withheldLists } from './withheld-lists.ts';

const WHOLE: Verification = { isWhole: true, faults: [], heldFrom: null };
const LOST: Verification = { isWhole: false, faults: ['promises has 3 rows; 4 were written'], heldFrom: null };

/**
 * Generation 2 is in force over a log that ends at 10, and `verify` answers for it. Each filling
 * makes one more generation.
 */
function mended(
  verify: () => Promise<Verification>,
  distrusts: Distrust[] = [],
  progress: Partial<Filling['progress']> = {},
) {
  const lists = withheldLists();
  let generation = 2;
  let tellDamage: (error: Error) => void = () => undefined;
  const fill = vi.fn(async () => {
    generation++;
    mends.noteSwitched();
  });
  const mends = mending({
    store: { head: async () => 10n } as unknown as EventStore,
    readModels: {
      verify,
      currentGeneration: async () => ({ distrusted: null }),
      listDistrusts: async () => distrusts,
      distrust: async (number: number, reason: string) =>
        void distrusts.push({ generation: number, at: Date.now(), reason }),
      clickhouse: {
        onDamage: (listener: typeof tellDamage) => {
          tellDamage = listener;
        },
      },
    } as unknown as ReadModels,
    logger: createLogger({ level: 'silent' }),
    lists,
    inForce: () => ({
      generation,
      projector: {
        progress: { position: () => 10n, reached: async () => true, ...progress },
        interlude: (work: () => Promise<unknown>) => work(),
        stopped: new Promise(() => undefined),
      } as unknown as Filling,
    }),
    fill,
    rebuild: () => NO_REBUILD,
  });
  return { mends, lists, fill, distrusts, tellDamage: (message: string) => tellDamage(new Error(message)) };
}

test('nothing is shown before it is known to hold, and then all is', async () => {
  let answer: (found: Verification) => void = () => undefined;
  const verified = new Promise<Verification>((resolve) => {
    answer = resolve;
  });
  const { mends, lists, fill } = mended(() => verified);
  const holding = mends.hold();
  await vi.waitFor(() => expect(lists.problem()).toMatchObject({ code: 'read_model_damaged', status: 503 }));
  answer(WHOLE);
  await holding;
  expect(lists.problem()).toBeNull();
  expect(fill).not.toHaveBeenCalled();
});

test('an empty read model over a log with events says how far it is filled, and is shown once it is', async () => {
  let position = 0n;
  let arrive: (hasReached: boolean) => void = () => undefined;
  const reached = new Promise<boolean>((resolve) => {
    arrive = resolve;
  });
  const { mends, lists } = mended(async () => WHOLE, [], { position: () => position, reached: () => reached });
  const holding = mends.hold();
  await vi.waitFor(() => expect(lists.problem()!.detail).toContain('is empty'));
  position = 4n;
  expect(lists.problem()!.detail).toContain('The new rows have come to 4 of 10.');
  expect(lists.problem()!.extensions).toEqual({ position: '4', target: '10' });
  arrive(true);
  await holding;
  expect(lists.problem()).toBeNull();
});

test('rows of a killed run are held once the projection has come as far', async () => {
  const found = [{ ...WHOLE, heldFrom: 7n }, LOST];
  const { mends, fill } = mended(async () => found.shift()!);
  await mends.hold();
  await vi.waitFor(() => expect(fill).toHaveBeenCalledOnce());
});

test('what does not hold is filled anew, and its reason is remembered; so is what the engine finds later', async () => {
  const { mends, lists, fill, distrusts, tellDamage } = mended(async () => WHOLE);
  await mends.hold();
  tellDamage('checksum does not match');
  await vi.waitFor(() => expect(fill).toHaveBeenCalledOnce());
  expect(distrusts).toEqual([expect.objectContaining({ generation: 2, reason: 'checksum does not match' })]);
  expect(lists.problem()).toBeNull();
});

test('what does not hold again within the hour stands still and says why, until somebody has it rebuilt', async () => {
  const before = { generation: 1, at: Date.now() - 60_000, reason: 'a part was broken' };
  const { mends, lists, fill } = mended(async () => LOST, [before]);
  await mends.hold();
  await vi.waitFor(() => expect(lists.problem()!.detail).toContain('a part was broken'));
  expect(lists.problem()!.detail).toContain('promises has 3 rows; 4 were written');
  expect(lists.problem()!.detail).toContain('pnpm touchstone rebuild');
  expect(await mends.check.run()).toContain('promises has 3 rows');
  expect(fill).not.toHaveBeenCalled();
  expect(mends.isTrusted()).toBe(false);
  mends.noteSwitched();
  expect(lists.problem()).toBeNull();
});

test('an hour later it is filled anew again', async () => {
  const before = { generation: 1, at: Date.now() - 3_700_000, reason: 'a part was broken' };
  const { mends, fill } = mended(async () => LOST, [before]);
  await mends.hold();
  await vi.waitFor(() => expect(fill).toHaveBeenCalledOnce());
});

test('tables that cannot be asked are asked again, and filled for nothing', async () => {
  let failures = 2;
  const { mends, lists, fill } = mended(async () => {
    if (failures-- > 0) throw new Error('no answer');
    return WHOLE;
  });
  await mends.hold();
  expect(lists.problem()).toBeNull();
  expect(fill).not.toHaveBeenCalled();
});
