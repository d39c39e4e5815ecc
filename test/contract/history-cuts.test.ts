import { tellCuts } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import { definitionsByType, type HistoryCutEvent, historyCutEvent, policyV1 } from '@touchstone/journey';
import { startProjector } from '@touchstone/projector';
import type { ReadModels } from '@touchstone/read-models';
import { dumpHoweverCut } from '@touchstone/read-models/testing';
import { createLogger } from '@touchstone/runtime';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { openedForTest } from '../../packages/read-models/testing/opened-for-test.ts';
import { watchCuts } from '../../services/touchstone/src/cut-watch.ts';
import type { EventStoreDbServer } from '../eventstoredb-server/server.ts';
import { momentEvent, stored } from '../kafka-broker/sample.ts';
import { givenServer, givenStore } from './eventstoredb-stores.ts';

/** Streams are cut again and again while earlier cuts are told and projected. */

const measures = { policy: policyV1, definitions: definitionsByType([]) };
const logger = createLogger({ level: 'silent' });
const CUSTOMERS = ['a', 'b', 'c'] as const;
type CustomerId = (typeof CUSTOMERS)[number];

let readModels: ReadModels;
beforeAll(async () => {
  readModels = await openedForTest();
});

interface System {
  readonly server: EventStoreDbServer;
  readonly store: EventStore;
  generation: number;
  publish(customerId: CustomerId, events: number): Promise<void>;
  /** Looks at the customer, and records a cut that is news. */
  tell(customerId: CustomerId): Promise<unknown>;
  /** Projects the log up to its head, and stops. */
  project(): Promise<void>;
  rebuild(): Promise<void>;
}

async function given(): Promise<System> {
  const server = await givenServer();
  const store = await givenStore(server);
  const cuts = watchCuts(logger);
  cuts.attend(store);
  let published = 0;
  const system: System = {
    server,
    store,
    generation: (await readModels.createGeneration('{}')).number,
    publish: async (customerId, events) => {
      const next = Array.from({ length: events }, () =>
        stored(`customer-${customerId}`, momentEvent(++published, customerId)),
      );
      await store.append(next);
    },
    tell: (customerId) => cuts.look(customerId, 'audit'),
    project: async () => {
      const { generation } = system;
      const projector = await startProjector({
        ...{ store, readModels, generation, measures, logger },
        announce: async () => undefined,
      });
      expect(await projector.progress.reached(await store.head(), 30_000)).toBe(true);
      await projector.stop();
    },
    rebuild: async () => {
      const before = system.generation;
      system.generation = (await readModels.createGeneration('{}')).number;
      await system.project();
      await readModels.takeOverLeft(before, system.generation);
    },
  };
  return system;
}

const placeRow = z.object({ place: z.string(), position: z.string().transform(BigInt) });

/** Where each published event is: as a moment, parked, or among those that have left. */
async function places(generation: number): Promise<Record<string, readonly bigint[]>> {
  const rows = await readModels.clickhouse.query(
    `SELECT place, toString(at) AS position FROM (
       SELECT 'moment' AS place, position AS at FROM {database:Identifier}.moments
       UNION ALL SELECT 'parked' AS place, position AS at FROM {database:Identifier}.parked FINAL WHERE retried_at = 0
       UNION ALL SELECT 'left' AS place, position AS at FROM {database:Identifier}.left_events FINAL)
     ORDER BY at, place`,
    { database: `touchstone_${generation}` },
    placeRow,
  );
  const at = (wanted: string) => rows.filter(({ place }) => place === wanted).map(({ position }) => position);
  return { moment: at('moment'), parked: at('parked'), left: at('left') };
}

const recordsOf = ({ server }: System, customerId: string) =>
  server.log.records.filter(({ stream, type }) => stream === `customer-${customerId}` && !type.startsWith('$'));

/** Each published event is in one place, and those that are left in the log are moments. */
async function expectEachAccounted(system: System): Promise<void> {
  const all = CUSTOMERS.flatMap((customerId) => recordsOf(system, customerId));
  const shown = new Set(
    CUSTOMERS.flatMap((id) =>
      system.server.log.isTombstoned(`customer-${id}`) ? [] : system.server.log.visible(`customer-${id}`),
    ),
  );
  const positions = (isLeft: boolean) =>
    all
      .filter((record) => shown.has(record) !== isLeft)
      .map(({ position }) => BigInt(position))
      .sort((a, b) => (a < b ? -1 : 1));
  expect(await places(system.generation)).toEqual({ moment: positions(false), parked: [], left: positions(true) });
}

test('events that a limit removes while an earlier cut waits to be projected are counted as cut', async () => {
  const system = await given();
  await system.publish('a', 10);
  await system.project();
  system.server.log.limit('customer-a', { $maxCount: 5 });
  await system.tell('a');
  await system.publish('a', 2);
  await system.project();
  await system.tell('a');
  await system.project();
  await expectEachAccounted(system);
});

test('two cuts of one customer that are told one after the other are projected as one', async () => {
  const system = await given();
  await system.publish('a', 10);
  for (const $tb of [2, 4, 7]) {
    system.server.log.limit('customer-a', { $tb });
    await system.tell('a');
  }
  await system.project();
  await expectEachAccounted(system);
});

test('a cut that is told after a later one changes nothing', async () => {
  const system = await given();
  await system.publish('a', 10);
  await system.project();
  const positions = recordsOf(system, 'a').map(({ position }) => BigInt(position));
  system.server.log.limit('customer-a', { $tb: 6 });
  await system.tell('a');
  await tellCuts(system.store, [late('a', positions[2]!)].map(toAppend));
  await system.project();
  await expectEachAccounted(system);
});

/** The fact of an observer that looked before others cut further. */
const late = (customerId: string, upTo: bigint): HistoryCutEvent =>
  historyCutEvent(customerId, { upTo, from: null, isErased: false }, { by: 'audit', at: 0 });
const toAppend = (event: HistoryCutEvent) => stored(`changes-${event.subject}`, event);

const customer = fc.constantFrom(...CUSTOMERS);
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('publish'), customer, events: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('softDelete', 'tell', 'tellLate'), customer }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('limit'), customer, $maxCount: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('truncate'),
      customer,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'project' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'rebuild' }) },
);

const TRIALS = Number(process.env.HISTORY_CUT_TRIALS ?? 2);

test('however streams are cut, recreated and told, each event is a moment or has left, as in a rebuild, before a scavenge and after it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 6, maxLength: 16 }), async (happenings) => {
      const system = await given();
      for (const one of happenings as Happening[]) await happen(system, one);
      for (const id of CUSTOMERS) await system.tell(id);
      await system.project();
      await expectEachAccounted(system);
      const rows = await dumpHoweverCut(readModels.clickhouse, system.generation);
      for (const isScavenged of [false, true]) {
        if (isScavenged) system.server.log.scavenge();
        await system.rebuild();
        await expectEachAccounted(system);
        expect(await dumpHoweverCut(readModels.clickhouse, system.generation)).toEqual(rows);
      }
    }),
    { numRuns: TRIALS },
  );
}, 600_000);

interface Happening {
  readonly kind: 'publish' | 'softDelete' | 'tell' | 'tellLate' | 'limit' | 'truncate' | 'project' | 'rebuild';
  readonly customer: CustomerId;
  readonly events: number;
  readonly $maxCount: number;
  readonly share: number;
}

async function happen(system: System, { kind, customer, events, $maxCount, share }: Happening): Promise<void> {
  const { log } = system.server;
  const stream = `customer-${customer}`;
  const length = () => recordsOf(system, customer).length;
  if (kind === 'publish') await system.publish(customer, events);
  else if (kind === 'softDelete' && length() > 0) log.softDelete(stream);
  else if (kind === 'limit' && length() > 0) log.limit(stream, { $maxCount });
  else if (kind === 'truncate' && length() > 0) log.limit(stream, { $tb: Math.floor(share * length()) });
  else if (kind === 'tell') await system.tell(customer);
  else if (kind === 'tellLate') await tellLate(system, customer);
  else if (kind === 'project') await system.project();
  else if (kind === 'rebuild') await system.rebuild();
}

/** Tells a cut of fewer events than have left. */
async function tellLate(system: System, customerId: CustomerId): Promise<void> {
  const cut = await system.store.cutOf!(`customer-${customerId}`);
  const left = recordsOf(system, customerId).filter(({ position }) => cut !== null && BigInt(position) <= cut.upTo);
  const some = left[Math.floor(left.length / 2)];
  if (some !== undefined) await tellCuts(system.store, [toAppend(late(customerId, BigInt(some.position)))]);
}
