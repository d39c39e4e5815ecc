import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announceTo, type Clock, dueCustomersIn, startClock } from '@touchstone/clock';
import { sqliteEventStore } from '@touchstone/event-store';
import { type Definition, definitionsByType, type EventType, policyV1 } from '@touchstone/journey';
import {
  alertsLedger,
  definitionRegistry,
  NO_REBUILD,
  NO_TRIAL,
  sendingsLedger,
  sharedLinks,
  type TrialRequest,
  targetRegistry,
  targetsFile,
  worklistMarks,
} from '@touchstone/operations';
import { startProjector } from '@touchstone/projector';
import { openReadModels } from '@touchstone/read-models';
import { createHttpServer, createLogger } from '@touchstone/runtime';
import type { QueryDeps } from '../src/deps.ts';
import { describeApi } from '../src/description/describe-api.ts';
import { queryRoutes } from '../src/query-routes.ts';

export interface TestEvent {
  readonly customer: string;
  readonly type: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly id?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // Tests read any field of an answer; another test checks the shape.
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly body: any;
}

/** Ids of the items of a list, in its order. */
export const idsOf = ({ body }: Answer): string[] => body.items.map(({ id }: { readonly id: string }) => id);

export type TestSystem = Awaited<ReturnType<typeof startTestSystem>>;

/**
 * Starts the routes, for tests, over a real log and read model, which the real projector and clock
 * keep up to date.
 */
export async function startTestSystem(definitions: readonly Definition[], change: Partial<QueryDeps> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-query-'));
  const store = await sqliteEventStore({ file: join(folder, 'events.db') });
  const readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  const logger = createLogger({ level: 'silent' });
  const measures = { policy: policyV1, definitions: definitionsByType(definitions) };
  const { number: generation } = await readModels.createGeneration(JSON.stringify({ policy: policyV1, definitions }));
  await readModels.switchTo(generation);

  let now = Date.parse('2026-06-01T00:00:00Z');
  let clock: Clock | undefined;
  const projector = await startProjector({
    store,
    readModels,
    generation,
    measures,
    logger,
    announce: async (announcements) => void (await announceTo(store, announcements, false)),
    onWritten: (batch) => clock?.noteWritten(batch),
  });
  clock = startClock({
    store,
    customers: dueCustomersIn(readModels, () => generation),
    measures: () => measures,
    parked: () => projector.parked,
    now: async () => now,
    reached: projector.progress.reached,
    logger,
  });
  const { settled } = clock;

  let rebuild = NO_REBUILD;
  let trial = NO_TRIAL;
  const tried: TrialRequest[] = [];
  const deps: QueryDeps = {
    store,
    readModels,
    generation: () => generation,
    measures: () => measures,
    now: async () => now,
    clockOffByMs: () => 0,
    settings: [],
    progress: {
      projected: () => projector.progress.position(),
      reached: projector.progress.reached,
      settled,
      // Tests always see settled rows, even on a busy machine.
      settledSoon: async () => {
        await deps.progress.settled();
        return true;
      },
    },
    definitions: definitionRegistry(
      store,
      () => measures,
      () => now,
    ),
    alerts: alertsLedger(store, () => now),
    targets: targetRegistry({
      store,
      kept: targetsFile(join(folder, 'targets.json')),
      allowsPrivate: false,
      now: () => now,
      lookUp: (_name, _options, callback) => callback(null, [{ address: '93.184.215.14', family: 4 }]),
    }),
    sendings: sendingsLedger(store),
    worklistMarks: worklistMarks(store, () => now),
    sharedLinks: sharedLinks(store, () => now),
    rebuild: {
      start: async () => {
        rebuild = { ...rebuild, state: 'running', generation: 2, startedAt: now, position: 0n, target: 7n };
      },
      status: () => rebuild,
    },
    // Tests here check only the request for a trial; test/end-to-end checks what a trial does.
    trial: {
      start: async (request) => {
        tried.push(request);
        trial = { ...NO_TRIAL, state: 'running', phase: 'filling', startedAt: now };
      },
      status: () => trial,
      cancel: async () => {
        trial = trial.state === 'running' ? { ...trial, state: 'cancelled', phase: null } : NO_TRIAL;
      },
    },
    ...change,
  };
  const app = await createHttpServer({ logger, describe: describeApi });
  const routes: { readonly method: string; readonly url: string }[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (schema?.hide === true) return;
    for (const each of [method].flat()) routes.push({ method: each, url });
  });
  await app.register(queryRoutes, deps);
  await app.ready();

  async function request(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    url: string,
    payload?: object,
    headers = {},
  ): Promise<Answer> {
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    const isJson = /[/+]json/.test(String(answer.headers['content-type']));
    return { status: answer.statusCode, headers: answer.headers, body: isJson ? answer.json() : answer.body };
  }

  return {
    app,
    deps,
    store,
    projector,
    /** Trials that were requested. */
    tried,
    /** Routes that belong in the API's description: all that are not hidden. */
    routes,
    setNow: (time: string) => {
      now = Date.parse(time);
    },
    /** Appends events; resolves to the position once the read model shows them. */
    publish: async (events: readonly TestEvent[]): Promise<bigint> => {
      const { position } = await store.append(events.map(asStored));
      await projector.progress.reached(position, 30_000);
      return position;
    },
    get: (url: string, headers = {}) => request('GET', url, undefined, headers),
    put: (url: string, body: object) => request('PUT', url, body),
    post: (url: string, body?: object) => request('POST', url, body),
    delete: (url: string) => request('DELETE', url),
    stop: async () => {
      await app.close();
      await clock?.stop();
      await projector.stop();
      await readModels.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let count = 0;

function asStored({ customer, type, at, data = {}, id = `e${++count}` }: TestEvent) {
  const name: EventType | string = type.startsWith('touchstone.') ? type : `touchstone.${type}.v1`;
  const source = '/test';
  const body = JSON.stringify({ specversion: '1.0', id, source, type: name, subject: customer, time: at, data });
  return { stream: `customer-${customer}`, source, id, type: name, time: Date.parse(at), body };
}
