import { readdirSync, readFileSync } from 'node:fs';
import { type Endpoint, endpoints } from '@touchstone/api';
import { type EventMeasure, eventMeasures, raterDimensions } from '@touchstone/api/vocabulary';
import { shopDefinitions, simulateShop } from '@touchstone/demo-shop';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ZodType } from 'zod';
import { touchstoneProgram } from '../../services/cli/src/program.ts';
import type { PublishedEvent } from '../oracle/published-event.ts';
import { type QuestionedSystem, startOverHistory } from './questions-system.ts';

/** One demo for all examples of the pages and of the API's description. */

const FROM = Date.UTC(2025, 6, 1);
const WIDTH = 100;

let system: QuestionedSystem;
beforeAll(async () => {
  const events = [...simulateShop({ seed: 7, customers: 300, days: 480, from: FROM })] as unknown as PublishedEvent[];
  const recordedAt = events.at(-1)!.time;
  system = await startOverHistory(
    shopDefinitions,
    events.map((event) => ({ recordedAt, event })),
  );
});
afterAll(() => system?.stop());

const folder = new URL('../../docs/questions/', import.meta.url);
const examples = readdirSync(folder).flatMap((page) =>
  [...readFileSync(new URL(page, folder), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)]
    // A command goes on in the next line while a quote is open.
    .flatMap(([, block]) => block!.trim().split(/\n(?=(?:[^']*'[^']*')*[^']*$)/))
    .map((command) => [page, command] as const),
);

/** The words of a command, as a shell takes them apart. */
const wordsOf = (command: string) =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);

/** Runs an example: a command prints, and the system answers JSON. */
async function run(command: string): Promise<{ readonly text: string; readonly json: unknown }> {
  const [program, ...words] = wordsOf(command);
  if (program === 'npx') return { text: await printed(words.slice(words.indexOf('touchstone') + 1)), json: null };
  const method = words.includes('-X') ? words[words.indexOf('-X') + 1]! : 'GET';
  const path = words.find((word) => word.startsWith('localhost:4700'))!.replace('localhost:4700', '');
  const body = words.includes('-d') ? (JSON.parse(words[words.indexOf('-d') + 1]!) as object) : undefined;
  return { text: '', json: await system.ask(method, path, body) };
}

async function printed(words: readonly string[]): Promise<string> {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  try {
    await touchstoneProgram(() => undefined).parseAsync(['--url', system.url, ...words], { from: 'user' });
    return log.mock.calls.flat().join('\n');
  } finally {
    log.mockRestore();
  }
}

/** Whether an answer holds any figure beyond zero: an example shows something. */
const showsSomething = (value: unknown): boolean =>
  typeof value === 'number'
    ? value > 0
    : typeof value === 'object' && value !== null && Object.values(value).some(showsSomething);

describe('the pages of questions', () => {
  test.each(examples)('%s: %s', async (_page, command) => {
    const { text, json } = await run(command);
    if (json !== null) {
      expect(json).not.toHaveProperty('error');
      expect(showsSomething(json), JSON.stringify(json)).toBe(true);
      return;
    }
    expect(text).toMatch(/[1-9]/);
    const tooWide = text.split('\n').filter((line) => Array.from(line).length > WIDTH);
    expect(tooWide).toEqual([]);
  });

  test('there are examples', () => {
    expect(examples.length).toBeGreaterThan(60);
  });
});

const described = Object.values(endpoints).flatMap((endpoint) => {
  if (!endpoint.path.startsWith('/v1/analytics/') || !('body' in endpoint)) return [];
  const { examples: bodies = [] } = endpoint.body.meta() as { readonly examples?: readonly object[] };
  return [[endpoint.path, bodies] as const];
});

test.each(described)('the example of %s in the description of the API shows something', async (path, bodies) => {
  expect(bodies.length).toBeGreaterThan(0);
  for (const body of bodies) {
    const answer = await system.ask('POST', path, body);
    expect(answer).not.toHaveProperty('error');
    expect(showsSomething(answer), JSON.stringify(answer)).toBe(true);
  }
});

const ASKED = /^\/v1\/(?:loyalty\/|worklist|promises\/report|complaints\/report|recovery|quality|gaps|benchmarks)/;

/** Questions that stand in an address, each with the examples of what it needs. */
const addressed = Object.values<Endpoint>(endpoints).flatMap(({ method, path, query }) => {
  if (method !== 'GET' || !ASKED.test(path)) return [];
  const needed = Object.entries(query.shape as Record<string, ZodType>).filter(
    ([, parameter]) => !parameter.safeParse(undefined).success,
  );
  const examples = needed.map(([name, parameter]) => [name, String(parameter.meta()?.example)]);
  return [`${path.replace(':tier', 'A')}?${new URLSearchParams(Object.fromEntries(examples))}`];
});

test.each(addressed)('%s, with the examples of the description of the API, shows something', async (address) => {
  const answer = await system.ask('GET', address);
  expect(answer).not.toHaveProperty('error');
  expect(showsSomething(answer), JSON.stringify(answer)).toBe(true);
});

test('every question in an address is tried', () => {
  expect(addressed.length).toBeGreaterThan(13);
});

interface Page {
  readonly items: readonly object[];
  readonly nextCursor: string | null;
}

/** How many items all pages of a list have together. */
async function listed(path: string, question: Readonly<Record<string, unknown>>, isPosted = false): Promise<number> {
  const seen = new Set<string>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const asked = JSON.parse(JSON.stringify({ ...question, limit: 500, cursor })) as Record<string, string>;
    const { items, nextCursor } = (await (isPosted
      ? system.ask('POST', path, asked)
      : system.ask('GET', `${path}?${new URLSearchParams(asked)}`))) as Page;
    for (const item of items) seen.add(JSON.stringify(item));
    cursor = nextCursor;
  }
  return seen.size;
}

describe('behind a count stands a list of as many', () => {
  const DRIVERS = '/v1/analytics/drivers';
  const factors = ['touchpoint', 'touchpoint-failed', 'team', 'type', 'level', 'attribute.carrier'];
  test.each([
    { outcome: 'score' },
    { outcome: 'feedback', where: { channel: 'web' } },
    { outcome: 'abandoned', unit: 'customer' },
    { outcome: 'bought-again', unit: 'customer', where: { type: 'order' } },
  ])('on both sides of the drivers of %o', async (asked) => {
    let tried = 0;
    for (const factor of factors) {
      const { items } = (await system.ask('POST', DRIVERS, { ...asked, factors: [factor], limit: 1 })) as {
        items: readonly { factor: string; value: string; with: { n: number }; without: { n: number } }[];
      };
      for (const { value, with: those, without } of items) {
        const journeys = (has: boolean) => listed(`${DRIVERS}/journeys`, { ...asked, factor, value, has }, true);
        expect([await journeys(true), await journeys(false)], `${factor} ${value}`).toEqual([those.n, without.n]);
        tried++;
      }
    }
    expect(tried).toBeGreaterThan(1);
  });

  test('of each dimension of quality', async () => {
    const { rows } = (await system.ask('GET', '/v1/quality?by=channel')) as {
      rows: readonly { channel: string; ratings: Record<string, { n: number }> }[];
    };
    const named = rows.filter(({ channel }) => channel !== '');
    expect(named.length).toBeGreaterThan(1);
    for (const { channel, ratings } of named) {
      for (const name of raterDimensions) {
        expect(await listed('/v1/moments', { channel, measure: `rating.${name}` })).toBe(ratings[name]!.n);
      }
    }
  });

  test('of each leaf of an index that counts events', async () => {
    type Node = { measure?: EventMeasure; n: number; children?: readonly Node[] };
    const leaves = ({ children, ...leaf }: Node): readonly Node[] => children?.flatMap(leaves) ?? [leaf];
    const counted = eventMeasures.map((measure) => ({ id: measure, measure }));
    const { rows } = (await system.ask('POST', '/v1/analytics/index', { tree: { id: 'all', children: counted } })) as {
      rows: readonly { tree: Node }[];
    };
    expect(leaves(rows[0]!.tree).map(({ measure }) => measure)).toEqual(eventMeasures);
    for (const { measure, n } of leaves(rows[0]!.tree)) {
      expect(await listed('/v1/moments', { measure }), measure).toBe(n);
    }
  });

  test('of the journeys that failed, recovered or not', async () => {
    const { cases, recovered, next, boughtAgain } = (await system.ask('GET', '/v1/recovery?type=order')) as {
      cases: number;
      recovered: number;
      next: Record<'recovered' | 'not', { n: number }>;
      boughtAgain: Record<'recovered' | 'not', { n: number }>;
    };
    const journeys = (asked: object) => listed('/v1/recovery/journeys', { type: 'order', ...asked });
    expect(await journeys({})).toBe(cases);
    expect(await journeys({ recovered: true })).toBe(recovered);
    for (const side of ['recovered', 'not'] as const) {
      const asked = { recovered: side === 'recovered' };
      expect(next[side].n).toBeGreaterThan(0);
      expect(await journeys({ ...asked, outcome: 'next-score' })).toBe(next[side].n);
      expect(await journeys({ ...asked, outcome: 'bought-again' })).toBe(boughtAgain[side].n);
    }
  });
});
