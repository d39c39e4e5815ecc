import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudEvent } from '@touchstone/journey';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dryRun } from './dry-run.ts';
import { importFile, type Publish } from './import-file.ts';
import { mappingSchema } from './mapping.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchstone-ids-'));
  file = join(folder, 'log.csv');
});
afterEach(() => rm(folder, { recursive: true }));

const moment = { type: 'moment.recorded', data: { touchpoint: '{a}', channel: 'web', outcome: 'succeeded' } };
const csv = { format: 'csv', source: 's', customer: '{c}', journey: '{j}', time: { column: 't' }, emit: [moment] };
const HEAD = 'c,j,a,t\n';
const ADA = 'ada,j1,x,2026-03-01\n';
const BOB = 'bob,j2,x,2026-03-02\n';
const CYD = 'cyd,j3,x,2026-03-03\n';

/**
 * A system that recognises events by id, and refuses another content under the same id as a
 * conflict.
 */
function system() {
  const stored = new Map<string, string>();
  let requests = 0;
  const publish: Publish = async (events) => {
    if (++requests === fails.at) throw new Error('the server is gone');
    const counts = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 };
    for (const event of events as CloudEvent[]) {
      const known = stored.get(event.id);
      const text = JSON.stringify(event);
      if (known === undefined) stored.set(event.id, text);
      counts[known === undefined ? 'accepted' : known === text ? 'duplicates' : 'conflicts']++;
    }
    return { ...counts, position: String(stored.size), problems: [] };
  };
  const fails = { at: 0 };
  const run = async (text: string, mapping: object = csv, restart = false) => {
    await writeFile(file, text);
    const notices: string[] = [];
    const { counts, resumedAfter } = await importFile({
      file,
      mapping: mappingSchema.parse(mapping),
      mappingText: JSON.stringify(mapping),
      publish,
      target: 'here',
      batchSize: 2,
      restart,
      onNotice: (notice) => notices.push(notice),
    });
    const { accepted, duplicates, conflicts } = counts;
    return { counts: [accepted, duplicates, conflicts], notices, resumedAfter };
  };
  return { run, stored, fails };
}

describe('rows that are imported again', () => {
  it('count once in whatever order they stand, with further columns, other line ends and new rows among them', async () => {
    const { run } = system();
    expect(await run(HEAD + ADA + BOB)).toMatchObject({ counts: [2, 0, 0], notices: [] });
    expect(await run(HEAD + CYD + BOB + ADA)).toMatchObject({ counts: [1, 2, 0], notices: [] });
    const wider = 'new,t,c,j,a\n1,2026-03-01,ada,j1,x\n2,2026-03-03,cyd,j3,x\n';
    expect(await run(wider)).toMatchObject({ counts: [0, 2, 0], notices: [] });
    expect(await run(`\uFEFF${HEAD}${BOB}`.replaceAll('\n', '\r\n'))).toMatchObject({ counts: [0, 1, 0] });
  });

  it('count as often as they stand in the file when they are equal', async () => {
    const { run } = system();
    expect(await run(HEAD + ADA + ADA + BOB)).toMatchObject({ counts: [3, 0, 0] });
    expect(await run(HEAD + BOB + ADA + ADA)).toMatchObject({ counts: [0, 3, 0] });
    expect(await run(HEAD + ADA + BOB + ADA + ADA)).toMatchObject({ counts: [1, 3, 0] });
    // Rows count as equal if the columns that the mapping reads are equal.
    expect(await run(`n,${HEAD}1,${ADA}2,${ADA}3,${ADA}4,${ADA}`)).toMatchObject({ counts: [1, 3, 0] });
  });

  it('count once when an import broke off among equal rows and goes on', async () => {
    const { run, stored, fails } = system();
    const rows = HEAD + ADA + BOB + ADA + ADA + BOB + CYD + ADA;
    fails.at = 3;
    await expect(run(rows)).rejects.toThrow('4 rows are imported');
    expect(await run(rows)).toMatchObject({ resumedAfter: 4, counts: [7, 0, 0] });
    expect(stored.size).toBe(7);
    expect(await run(`${HEAD}${ADA.repeat(4)}${BOB.repeat(2)}${CYD}`)).toMatchObject({ counts: [0, 7, 0] });
  });

  it('keep an id of their own where the mapping names one', async () => {
    const { run, stored } = system();
    await run(HEAD + ADA, { ...csv, id: '{j}' });
    expect([...stored.keys()]).toEqual(['j1/moment.recorded']);
  });

  it('are repeated by a mapping that reads other columns, which is said before; one that reads the same keeps their ids', async () => {
    const { run } = system();
    const head = 'c,j,a,t,n\n';
    const rows = (HEAD + ADA + BOB).replaceAll('\n', ',1\n').replace(`${HEAD.trim()},1\n`, head);
    await run(rows);
    const other = { ...csv, emit: [{ ...moment, data: { ...moment.data, attributes: { n: '{n}' } } }] };
    const repeated = await run(rows, other);
    expect(repeated.counts).toEqual([2, 0, 0]);
    expect(repeated.notices).toEqual([
      expect.stringContaining('(then a, c, j, t; now a, c, j, n, t). They get new ids and are stored again'),
    ]);
    const same = await run(rows, { ...csv, description: 'Touchpoints by another name.', journeyType: 'order' });
    expect(same.counts).toEqual([0, 0, 2]);
    expect(same.notices).toEqual([expect.stringContaining('keep their ids')]);
  });
});

describe('a file that was imported when ids were made of row numbers', () => {
  const OLD_ID = /^1-[0-9a-f]{12}\/moment\.recorded$/;

  async function earlierImport() {
    const here = system();
    await here.run(HEAD + ADA + BOB);
    here.stored.clear();
    await forget();
    await here.run(`${HEAD}${ADA}${BOB}`);
    return here;
  }
  /**
   * Rewrites the notes to the form that the earlier version wrote, for an import that has not
   * begun.
   */
  async function forget() {
    const [name] = (await readdir(folder)).filter((entry) => entry.endsWith('.import.json'));
    const notes = JSON.parse(await readFile(join(folder, name!), 'utf8'));
    const { ids: _ids, identity: _identity, ...old } = notes;
    await writeFile(join(folder, name!), JSON.stringify({ ...old, size: 0 }));
  }

  it('keeps its ids when it has grown or goes through another mapping', async () => {
    const { run, stored } = await earlierImport();
    expect([...stored.keys()][0]).toMatch(OLD_ID);
    expect(await run(HEAD + ADA + BOB + CYD)).toMatchObject({ counts: [1, 2, 0], notices: [] });
    const again = await run(HEAD + ADA + BOB, { ...csv, description: 'the same' });
    expect(again).toMatchObject({ counts: [0, 2, 0], notices: [expect.stringContaining('keep their ids')] });
    const dry = await dryRun({
      file,
      mapping: mappingSchema.parse(csv),
      mappingText: JSON.stringify(csv),
      target: 'here',
      restart: false,
      exampleCount: 1,
    });
    expect((dry.examples[0] as CloudEvent).id).toMatch(OLD_ID);
  });

  it('gets ids of its content with --restart, which is said before, and stays with them', async () => {
    const { run } = await earlierImport();
    const restarted = await run(HEAD + ADA + BOB, csv, true);
    expect(restarted.counts).toEqual([2, 0, 0]);
    expect(restarted.notices).toEqual([expect.stringContaining('stored again')]);
    expect(await run(HEAD + CYD + BOB + ADA)).toMatchObject({ counts: [1, 2, 0], notices: [] });
    expect(await run(HEAD + ADA, csv, true)).toMatchObject({ counts: [0, 1, 0], notices: [] });
  });
});

describe('traces that are imported again', () => {
  const xes = {
    format: 'xes',
    source: 's',
    customer: '{first.c}',
    journey: '{trace.concept:name}',
    journeyType: 'ticket',
    time: { column: 't' },
    emit: [
      { type: 'promise.made', at: 'traceStart', data: { promiseId: 'p', dueAt: '2026-04-01T00:00:00Z' } },
      { ...moment, data: { ...moment.data, touchpoint: '{n}' } },
    ],
  };
  const event = (n: string, more = '') =>
    `<event><string key="n" value="${n}"/>${more}<string key="c" value="ada"/><date key="t" value="2026-03-01T09:00:00Z"/></event>`;
  const trace = (name: string, ...events: string[]) =>
    `<trace><string key="concept:name" value="${name}"/>${events.join('')}</trace>`;
  const log = (...traces: string[]) => `<log>${traces.join('')}</log>`;

  it('count once in whatever order, with further attributes and further events', async () => {
    const { run } = system();
    const [one, two] = [trace('1', event('a'), event('a'), event('b')), trace('2', event('a'))];
    expect(await run(log(one, two), xes)).toMatchObject({ counts: [6, 0, 0] });
    expect(await run(log(trace('0', event('a')), two, one), xes)).toMatchObject({ counts: [2, 6, 0] });
    const wider = trace('1', event('b', '<int key="x" value="1"/>'), event('a'), event('a'), event('c'));
    expect(await run(log(wider), xes)).toMatchObject({ counts: [1, 4, 0] });
  });
});
