import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { event } from '../../testing/contract/event.ts';
import type { AppendOutcome, EventStore, EventToAppend } from '../port.ts';
import { sqliteEventStore } from './sqlite-event-store.ts';

const anEvent = fc
  .record({
    stream: fc.constantFrom('customer-a', 'customer-b', 'customer-ab', 'changes-a'),
    source: fc.constantFrom('/s', '/t'),
    id: fc.integer({ min: 0, max: 12 }).map(String),
    time: fc.integer({ min: 0, max: 2 }),
    data: fc.constantFrom({}, { a: 1, b: 2 }, { b: 2, a: 1 }),
  })
  .map(event);
const anAppend = fc.record({
  events: fc.array(anEvent, { maxLength: 12 }),
  streamMax: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
});
/** A step: appends that begin at the same time, or the store closed and reopened. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.array(anAppend, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constant('reopen' as const) },
);

test('whatever is appended, at once or in turn, the store decides and holds what a plain map would', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'touchstone-log-'));
      const open = () => sqliteEventStore({ file: join(folder, 'log.sqlite'), runEvents: 7 });
      let store = await open();
      try {
        const model = newModel();
        for (const one of steps) {
          if (one === 'reopen') {
            await store.close();
            store = await open();
          } else {
            const answers = await Promise.all(one.map(({ events, ...options }) => store.append(events, options)));
            expect(answers.map(({ outcomes }) => outcomes)).toEqual(
              one.map(({ events, streamMax }) => events.map((each) => model.decide(each, streamMax))),
            );
          }
          await holdsTheSame(store, model.log);
        }
      } finally {
        await store.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 60 },
  );
});

function newModel() {
  const log: EventToAppend[] = [];
  const byIdentity = new Map<string, string>();
  const decide = (one: EventToAppend, streamMax = Number.POSITIVE_INFINITY): AppendOutcome => {
    const identity = JSON.stringify([one.stream, one.source, one.id]);
    const { data } = JSON.parse(one.body) as { data: Record<string, number> };
    const content = JSON.stringify([one.type, one.time, Object.entries(data).sort()]);
    const first = byIdentity.get(identity);
    if (first !== undefined) return first === content ? 'duplicate' : 'conflict';
    if (log.filter(({ stream }) => stream === one.stream).length >= streamMax) return 'full';
    byIdentity.set(identity, content);
    log.push(one);
    return 'accepted';
  };
  return { log, decide };
}

async function holdsTheSame(store: EventStore, log: readonly EventToAppend[]): Promise<void> {
  const bodies: string[] = [];
  for await (const page of store.readAll({ pageSize: 5 })) bodies.push(...page.map(({ body }) => body));
  expect(bodies).toEqual(log.map(({ body }) => body));
  for (const stream of ['customer-a', 'customer-b', 'customer-ab', 'changes-a', 'customer-']) {
    const ofStream = log
      .map(({ body }, at) => [BigInt(at + 1), body] as const)
      .filter((_, at) => log[at]!.stream === stream);
    const read = await store.readStream(stream);
    expect(read.map(({ position, body }) => [position, body])).toEqual(ofStream);
  }
  const published = log.filter(({ stream }) => stream.startsWith('customer-'));
  expect(await store.counts()).toEqual({ accepted: published.length, stored: published.length });
  expect(await store.greatestTime()).toBe(
    published.length === 0 ? null : Math.max(...published.map(({ time }) => time)),
  );
  expect(await store.head()).toBe(BigInt(log.length));
}
