import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Described, type Roles, servedBy } from '../api-description/served-by.ts';

/** Reads the description of the API as third-party validators and generators do. */

const run = promisify(execFile);

type Part = Readonly<Record<string, unknown>>;

/** Every object in a part of the document, with its path. */
function* partsOf(value: unknown, path = ''): Generator<readonly [path: string, part: Part]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Part];
  for (const [key, each] of Object.entries(value)) yield* partsOf(each, `${path}/${key}`);
}

/**
 * Regular expressions that ECMAScript, Python, Java, .NET, PCRE and RE2 (Go, Rust) all read alike:
 * no look-around, no property classes, and no \d and \w, which include other alphabets in some of
 * them.
 */
const ESCAPE = String.raw`\\(?:[.\/+*?^$|()[\]{}\\-]|s|x[0-9a-f]{2})`;
const CLASS = String.raw`\[\^?(?:[ -Z^-~]|${ESCAPE})+\]`;
const GROUP = String.raw`\((?:\?:|(?!\?))|\)`;
const COUNT = String.raw`[*+?]|\{\d+(?:,\d*)?\}`;
const READ_BY_EVERY_ENGINE = new RegExp(`^(?:[\\w /;,:=@%&!"'<>~\`#.^$|-]|${ESCAPE}|${CLASS}|${GROUP}|${COUNT})*$`);

describe.each<[string, Roles, paths: number]>([
  ['the embedded system', { ingest: true, query: true }, 25],
  ['a process of the ingest role', { ingest: true }, 6],
  ['a process of the query role', { query: true }, 20],
  ['a process of any other role', {}, 3],
])('the description that %s serves', (_, roles, paths) => {
  let document: Described;
  beforeAll(async () => {
    document = await servedBy(roles);
  });

  test('is valid by the schema of OpenAPI 3.1', async () => {
    expect(Object.keys(document.paths as object).length).toBeGreaterThanOrEqual(paths);
    expect(await new Validator().validate(document as never)).toEqual({ valid: true });
  });

  test('has patterns that every engine reads', () => {
    const patterns = [...partsOf(document)]
      .map(([path, { pattern }]) => [path, pattern])
      .filter((found): found is [string, string] => typeof found[1] === 'string');
    if (roles.ingest || roles.query) expect(patterns.length).toBeGreaterThan(3);
    expect(patterns.filter(([, pattern]) => !READ_BY_EVERY_ENGINE.test(pattern))).toEqual([]);
  });

  test('has no name that a generator made up, and no alternative of null', () => {
    const names = Object.keys(document.components.schemas);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => /\d$|Response|Member|Input$/.test(name))).toEqual([]);
    const withNull = [...partsOf(document)].filter(([, { anyOf, oneOf }]) =>
      [anyOf, oneOf]
        .flat()
        .some((branch) => typeof branch === 'object' && branch !== null && 'type' in branch && branch.type === 'null'),
    );
    expect(withNull.map(([path]) => path)).toEqual([]);
  });
});

test.each(['^\\p{L}+$', '^(?!x)', '^(?<=x)y', '^[\\u0000-\\u001f]', '^\\d+$', '^(?<name>x)', '\\bx'])(
  'a pattern like %s is not for every engine',
  (pattern) => expect(pattern).not.toMatch(READ_BY_EVERY_ENGINE),
);

const PROGRAM = `
import createClient from 'openapi-fetch';
import type { components, paths } from './api.d.ts';

type Schemas = components['schemas'];
const client = createClient<paths>({ baseUrl: 'http://localhost:4700' });
const event: Schemas['MomentRecorded'] = {
  specversion: '1.0', id: '1', source: '/shop', type: 'touchstone.moment.recorded.v1', subject: 'ada', time: '2026-03-01T09:00:00Z',
  data: { journeyId: 'o-1', journeyType: 'order', touchpoint: 'placed', channel: 'web', outcome: 'succeeded', attributes: { colour: 'red', size: 4 } },
};

export async function publish(): Promise<string> {
  const { data, error } = await client.POST('/v1/events', { body: { ...event, traceparent: '00-1' } });
  await client.POST('/v1/events', { body: [event, event] });
  if (error !== undefined) return error.problems?.[0]?.errors[0]?.path ?? error.detail;
  const code: Schemas['RejectionCode'] | undefined = data.problems[0]?.code;
  return code ?? data.position;
}

export async function read() {
  const journey = await client.GET('/v1/journeys/{journeyId}', { params: { path: { journeyId: 'o-1' }, query: { customerId: 'ada' } } });
  const score: number | null | undefined = journey.data?.score;
  const level: Schemas['LevelOrNull'] | undefined = journey.data?.level;
  const query = { stage: 'affective', quietlyLeaving: true, limit: 10 } as const;
  const page: Schemas['CustomerPage'] | undefined = (await client.GET('/v1/customers', { params: { query } })).data;
  const stage: Schemas['Stage'] | undefined = page?.items[0]?.stage;
  await client.POST('/v1/rebuild', {});
  await client.POST('/v1/rebuild', { body: { force: true } });
  // @ts-expect-error there is no such stage
  await client.GET('/v1/customers', { params: { query: { stage: 'loyal' } } });
  // @ts-expect-error a purchase has an amount
  await client.POST('/v1/events', { body: { ...event, type: 'touchstone.purchase.made.v1', data: { currency: 'EUR' } } });
  return [score, level, stage];
}
`;

test('a client in TypeScript, generated from it, publishes with attributes of its own and reads', async () => {
  // Below this package, so that the program's imports resolve.
  const modules = join(import.meta.dirname, '../node_modules');
  mkdirSync(join(modules, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(modules, '.cache/generated-client-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(await servedBy({ ingest: true, query: true })));
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  const bin = (name: string) => join(modules, '.bin', name);
  await run(bin('openapi-typescript'), [join(folder, 'openapi.json'), '-o', join(folder, 'api.d.ts')]);
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--allowImportingTsExtensions',
  ];
  const { stdout } = await run(bin('tsc'), [...options, '--lib', 'es2023,dom', join(folder, 'program.ts')]).catch(
    (error: { readonly stdout: string }) => error,
  );
  expect(stdout).toBe('');
}, 600_000);
