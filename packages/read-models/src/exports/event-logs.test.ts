import type { JourneyFormat } from '@touchstone/api';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { DAY, HOUR, holding } from '../../testing/query-fixtures.ts';
import { complaintRow, customerRow, journeyRow, momentRow, promiseRow, T0 } from '../../testing/row-fixtures.ts';
import { type ExportAsked, exportRows } from './export-tables.ts';

const readModels = await openedForTest();
const NASTY = `a<b>&"c'\n\t\r]]>é😀\u0001`;
const MOMENT = 'touchstone.moment.recorded.v1';
const at = (hour: number) => ({ time: T0 + hour * HOUR, position: BigInt(hour + 100), eventId: `e${hour}` });

const generation = await holding(readModels, {
  customers: [customerRow({ customerId: 'anna' }), customerRow({ customerId: 'ben/1', satisfaction: 60 })],
  journeys: [
    journeyRow({
      customerId: 'anna',
      journeyId: 'j',
      type: 'order',
      score: 81.5,
      status: 'open',
      moments: 2,
      touchpoints: [NASTY, 'second'],
      attributes: { [NASTY]: NASTY },
    }),
    journeyRow({
      customerId: 'ben/1',
      journeyId: 'j',
      type: 'refund',
      score: null,
      level: '',
      status: 'completed',
      endedAt: T0 + 5 * HOUR,
      moments: 1,
    }),
    journeyRow({ customerId: 'ben/1', journeyId: 'only feedback', type: 'refund', moments: 0 }),
  ],
  moments: [
    // Another month comes first in the table, and later in the trace.
    momentRow({ ...at(31 * 24), customerId: 'anna', journeyId: 'j', type: MOMENT, touchpoint: 'second' }),
    momentRow({
      ...at(1),
      customerId: 'anna',
      journeyId: 'j',
      type: MOMENT,
      touchpoint: NASTY,
      actorId: 'eve',
      actorTeam: 'north',
      score: 0.25,
      durationMs: null,
      attributes: { n: '1' },
    }),
    momentRow({
      ...at(2),
      customerId: 'anna',
      journeyId: 'j',
      type: 'touchstone.promise.made.v1',
      touchpoint: '',
      outcome: '',
      promiseId: 'p',
    }),
    momentRow({
      ...at(3),
      customerId: 'anna',
      journeyId: 'j',
      type: 'touchstone.promise.kept.v1',
      touchpoint: '',
      outcome: '',
      promiseId: 'never made',
    }),
    momentRow({ ...at(4), customerId: 'ben/1', journeyId: 'j', type: MOMENT, touchpoint: 'first' }),
    momentRow({
      ...at(5),
      customerId: 'ben/1',
      journeyId: '',
      type: 'touchstone.complaint.raised.v1',
      touchpoint: '',
      outcome: '',
      complaintId: 'c',
    }),
  ],
  promises: [promiseRow({ customerId: 'anna', promiseId: 'p', journeyId: 'j', dueAt: T0 + DAY })],
  complaints: [complaintRow({ customerId: 'ben/1', complaintId: 'c', journeyId: '' })],
});

async function exported(format: JourneyFormat, asked: Partial<ExportAsked<'journeys'>> = {}): Promise<string> {
  const chunks: Uint8Array[] = [];
  const asker = { name: 'anna', signal: new AbortController().signal };
  const parts = exportRows(
    'journeys',
    generation,
    asked as ExportAsked<'journeys'>,
    { now: T0 + 60 * DAY, purchaseDays: 365 },
    format,
  );
  for await (const chunk of readModels.clickhouse.export(asker, parts)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

type Attributes = Record<string, string>;

/**
 * Reads traces and their events with a strict parser, which refuses XML that is not well formed.
 */
function tracesOf(xml: string): { readonly trace: Attributes; readonly events: Attributes[] }[] {
  const traces: { trace: Attributes; events: Attributes[] }[] = [];
  const parser = new SaxesParser();
  let target: Attributes | undefined;
  parser.on('error', (error) => expect.unreachable(error.message));
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'trace' || name === 'event') {
      target = {};
      if (name === 'trace') traces.push({ trace: target, events: [] });
      else traces.at(-1)!.events.push(target);
    } else if (target !== undefined) target[attributes.key!] = attributes.value!;
  });
  parser.on('closetag', ({ name }) => {
    if (name === 'event') target = undefined;
  });
  parser.write(xml).close();
  return traces;
}

const READ = NASTY.replace('\u0001', '\uFFFD');

test('XES has a trace for each journey that has a moment, and its moments in order, whatever their texts contain', async () => {
  const traces = tracesOf(await exported('xes'));
  expect(traces).toMatchObject([
    {
      trace: {
        'concept:name': 'anna/j',
        customer: 'anna',
        journeyId: 'j',
        journeyType: 'order',
        status: 'open',
        score: '81.5',
        [`attribute.${READ}`]: READ,
      },
      events: [
        {
          'concept:name': READ,
          'time:timestamp': new Date(T0 + HOUR).toISOString(),
          'org:resource': 'eve',
          'org:group': 'north',
          'lifecycle:transition': 'complete',
          score: '0.25',
          'attribute.n': '1',
        },
        { 'concept:name': 'second' },
      ],
    },
    {
      trace: { 'concept:name': 'ben/1/j', status: 'completed', endedAt: new Date(T0 + 5 * HOUR).toISOString() },
      events: [{ 'concept:name': 'first' }],
    },
  ]);
  expect(traces[0]!.events[0]).not.toHaveProperty('durationMs');
  expect(traces[1]!.trace).not.toHaveProperty('score');
});

test('XES takes the filters of the list, and is a log without traces where nothing passes', async () => {
  expect(tracesOf(await exported('xes', { type: 'refund' }))).toMatchObject([
    { trace: { customer: 'ben/1' }, events: [{}] },
  ]);
  const ofAnna = [{ trace: { customer: 'anna' }, events: [{}, {}] }];
  for (const asked of [
    { team: 'north' },
    { touchpoint: 'second' },
    { stuckAt: 'second', idleFor: DAY },
    { minScore: 80, attributes: { [NASTY]: NASTY } },
  ]) {
    expect(tracesOf(await exported('xes', asked)), JSON.stringify(asked)).toMatchObject(ofAnna);
    expect((JSON.parse(await exported('ocel', asked)) as Ocel).events).toHaveLength(4);
    expect((await exported('csv', asked)).split('\r\n').at(-2)).toMatch(/^"j","anna"/);
  }
  const none = await exported('xes', { type: 'none' });
  expect(tracesOf(none)).toEqual([]);
  expect(none).toMatch(/<log xes\.version="1849-2016"[\s\S]*<\/log>\n$/);
});

interface Ocel {
  readonly objectTypes: readonly {
    readonly name: string;
    readonly attributes: readonly { name: string; type: string }[];
  }[];
  readonly eventTypes: Ocel['objectTypes'];
  readonly objects: readonly Occurrence[];
  readonly events: readonly Occurrence[];
}
interface Occurrence {
  readonly id: string;
  readonly type: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly relationships: readonly { readonly objectId: string; readonly qualifier: string }[];
}

function expectSound({ objectTypes, eventTypes, objects, events }: Ocel): void {
  const ids = new Set(objects.map(({ id }) => id));
  expect(ids.size).toBe(objects.length);
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  for (const [types, occurrences] of [
    [objectTypes, objects],
    [eventTypes, events],
  ] as const) {
    for (const { type, attributes, relationships } of occurrences) {
      const declared = types.find(({ name }) => name === type)!.attributes.map(({ name }) => name);
      for (const { name, value } of attributes)
        expect([declared.includes(name), typeof value]).toEqual([true, 'string']);
      for (const { objectId } of relationships) expect(ids).toContain(objectId);
    }
  }
}

test('OCEL declares every attribute, has an object for all that its events relate to, and every event', async () => {
  const ocel = JSON.parse(await exported('ocel')) as Ocel;
  expectSound(ocel);
  expect(ocel.objects.map(({ id }) => id)).toEqual([
    'customer:anna',
    'customer:ben/1',
    'journey:anna/j',
    'journey:ben%2F1/j',
    'journey:ben%2F1/only%20feedback',
    'promise:anna/p',
    'complaint:ben%2F1/c',
    `touchpoint:${NASTY}`,
    'touchpoint:first',
    'touchpoint:second',
  ]);
  expect(ocel.objects.find(({ type }) => type === 'journey')!.attributes).toEqual(
    expect.arrayContaining([
      { name: 'score', value: '81.5', time: '1970-01-01T00:00:00Z' },
      { name: `attribute.${NASTY}`, value: NASTY, time: '1970-01-01T00:00:00Z' },
    ]),
  );
  expect(ocel.events).toHaveLength(6);
  const made = ocel.events.find(({ type }) => type === 'touchstone.promise.made.v1')!;
  expect(made.relationships).toEqual([
    { objectId: 'customer:anna', qualifier: 'of' },
    { objectId: 'journey:anna/j', qualifier: 'in' },
    { objectId: 'promise:anna/p', qualifier: 'made' },
  ]);
  const raised = ocel.events.find(({ type }) => type === 'touchstone.complaint.raised.v1')!;
  expect(raised.relationships).toEqual([
    { objectId: 'customer:ben/1', qualifier: 'of' },
    { objectId: 'complaint:ben%2F1/c', qualifier: 'raised' },
  ]);
});

test('OCEL of some journeys holds what belongs to them alone, and that of none is empty', async () => {
  const some = JSON.parse(await exported('ocel', { type: 'order' })) as Ocel;
  expectSound(some);
  expect(some.objects.map(({ id }) => id)).toEqual([
    'customer:anna',
    'journey:anna/j',
    'promise:anna/p',
    `touchpoint:${NASTY}`,
    'touchpoint:second',
  ]);
  expect(some.events).toHaveLength(4);
  expect(JSON.parse(await exported('ocel', { type: 'none' }))).toMatchObject({
    objects: [],
    events: [],
    eventTypes: [],
  });
});
