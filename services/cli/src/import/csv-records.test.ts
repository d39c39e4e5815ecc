import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudEvent } from '@touchstone/journey';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Mapping, mappingSchema } from './mapping.ts';
import { openFile } from './open-file.ts';
import { readRecords } from './read-records.ts';
import type { SourceFault } from './source-record.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchstone-csv-'));
});
afterEach(() => rm(folder, { recursive: true }));

const orders = {
  format: 'csv',
  source: 'shop',
  customer: '{who}',
  journey: 'order-{order}',
  journeyType: 'order',
  time: { column: 'at' },
  emit: [{ type: 'moment.recorded', data: { touchpoint: '{what}', channel: 'web', outcome: 'succeeded' } }],
};

async function read(text: string | Buffer, mapping: object, others: Record<string, string | Buffer> = {}) {
  for (const [name, content] of Object.entries(others)) await writeFile(join(folder, name), content);
  const file = join(folder, 'log.csv');
  await writeFile(file, text);
  const events: CloudEvent[] = [];
  const faults: SourceFault[] = [];
  let skipped = 0;
  const parsed: Mapping = mappingSchema.parse(mapping);
  for await (const record of await readRecords((await openFile(file)).bytes, file, parsed, 'content', NOW)) {
    events.push(...(record.events as CloudEvent[]));
    faults.push(...record.faults);
    skipped += record.skipped;
  }
  return { events, faults, skipped };
}

const NOW = Date.UTC(2026, 2, 1);

describe('a CSV file with a mapping', () => {
  it('becomes events: columns, constants and texts made of columns', async () => {
    const { events, faults } = await read('who,order,what,at\nada,7,order.placed,2026-03-01 09:30:00\n', orders);
    expect(faults).toEqual([]);
    expect(events).toEqual([
      {
        specversion: '1.0',
        id: expect.stringMatching(/^[0-9a-f]{24}\/moment\.recorded$/),
        source: 'shop',
        type: 'touchstone.moment.recorded.v1',
        subject: 'ada',
        time: '2026-03-01T09:30:00.000Z',
        data: {
          journeyId: 'order-7',
          journeyType: 'order',
          touchpoint: 'order.placed',
          channel: 'web',
          outcome: 'succeeded',
        },
      },
    ]);
  });

  it('gives the same ids whenever it is read, and other ids to equal rows', async () => {
    const text = 'who,order,what,at\nada,7,x,2026-03-01\nada,7,x,2026-03-01\n';
    const once = (await read(text, orders)).events.map(({ id }) => id);
    const again = (await read(text, orders)).events.map(({ id }) => id);
    expect(again).toEqual(once);
    expect(new Set(once).size).toBe(2);
  });

  it('makes several events of a row, each under its conditions, with values mapped, numbers, ratings and dues', async () => {
    const mapping = {
      ...orders,
      id: '{order}/{what}',
      emit: [
        {
          type: 'moment.recorded',
          when: { what: { not: 'review' } },
          data: {
            touchpoint: { column: 'what', map: { buy: 'order.placed' }, otherwise: 'other.{what}' },
            channel: 'web',
            outcome: 'succeeded',
            attributes: { size: { column: 'size', as: 'number' }, gift: { column: 'gift', as: 'boolean' } },
          },
        },
        {
          type: 'promise.made',
          when: { what: 'buy', due: { present: true } },
          data: { promiseId: '{order}', dueAt: { column: 'due', as: 'time' } },
        },
        {
          type: 'feedback.given',
          when: { what: ['review'] },
          data: { instrument: 'csat', score: { column: 'stars', as: 'rating', min: 0, max: 10 } },
        },
      ],
    };
    const { events, faults } = await read(
      'who,order,what,at,size,gift,due,stars\nada,7,buy,2026-03-01,2.5,yes,2026-03-05,\nada,7,ship,2026-03-02,,,,\nada,7,review,2026-03-03,,,,8\n',
      mapping,
    );
    expect(faults).toEqual([]);
    expect(events.map(({ id }) => id)).toEqual([
      '7/buy/moment.recorded',
      '7/buy/promise.made',
      '7/ship/moment.recorded',
      '7/review/feedback.given',
    ]);
    expect(events[0]!.data).toMatchObject({ touchpoint: 'order.placed', attributes: { size: 2.5, gift: true } });
    expect(events[1]!.data).toMatchObject({ promiseId: '7', dueAt: '2026-03-05T00:00:00.000Z' });
    expect(events[2]!.data).toEqual({
      journeyId: 'order-7',
      journeyType: 'order',
      touchpoint: 'other.ship',
      channel: 'web',
      outcome: 'succeeded',
    });
    expect(events[3]!.data).toMatchObject({ score: { value: 8, min: 0, max: 10 } });
  });

  it('looks columns up in a joined table', async () => {
    const mapping = {
      ...orders,
      customer: '{order.buyer}',
      join: { order: { file: 'orders.csv', column: 'order', key: 'number' } },
    };
    const { events, faults } = await read('who,order,what,at\n,7,x,2026-03-01\n,8,x,2026-03-01\n', mapping, {
      'orders.csv': 'number,buyer\n7,ada\n',
    });
    expect(events.map(({ subject }) => subject)).toEqual(['ada']);
    expect(faults).toMatchObject([{ line: 3, reason: 'order "8" is not in orders.csv (join order)' }]);
  });

  it('tells of each bad row the line and the reason, and goes on', async () => {
    const text =
      'who,order,what,at\nada,1,x,2026-03-01\n,2,x,2026-03-01\nada,3,x,soon\nada,4\n"ada\nlovelace",5,x,2026-03-01\nada,6,x,\n"ada"x,7,x,2026-03-01\nada,8,x"y,2026-03-01\n"ada,9,x,2026-03-01\nada,10,x,2026-03-01\n';
    const { events, faults } = await read(text, orders);
    expect(events.map(({ data }) => data.journeyId)).toEqual(['order-1', 'order-5', 'order-10']);
    expect(faults.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'names no customer'],
      [4, expect.stringContaining('at "soon" is not a time in ISO 8601')],
      [5, 'has 2 columns where the header has 4'],
      [8, 'has no time: at is empty ("whenMissing": "skip" would leave such events out)'],
      [9, 'goes on after the closing quote of column 1'],
      [10, 'has a quote within column 3, which is not quoted'],
      [11, 'opens a quote that is not closed'],
    ]);
  });

  it('leaves rows without a time out and counts them, where the mapping says so', async () => {
    const mapping = { ...orders, time: { column: 'at', whenMissing: 'skip' } };
    const { events, faults, skipped } = await read('who,order,what,at\nada,1,x,\nada,2,x,2026-03-01\n', mapping);
    expect({ events: events.length, faults, skipped }).toEqual({ events: 1, faults: [], skipped: 1 });
  });

  it('reads other delimiters, a byte order mark, and decimal commas', async () => {
    const mapping = {
      ...orders,
      csv: { delimiter: ';' },
      decimalComma: true,
      emit: [{ type: 'purchase.made', data: { amount: { column: 'what', as: 'number' }, currency: 'EUR' } }],
    };
    const { events } = await read('\uFEFFwho;order;what;at\r\nada;1;1.234,50;2026-03-01\r\n', mapping);
    expect(events[0]!.data).toMatchObject({ amount: 1234.5 });
  });

  it('tells of rows that are not in its encoding, also within a quoted cell of several lines, and makes no event of them', async () => {
    const text =
      'who,order,what,at\nM\xfcller,1,x,2026-03-01\nada,2,x,2026-03-01\n"M\nM\xf6ller",3,x,2026-03-01\nada,4,x,2026-03-01\n';
    const { events, faults } = await read(Buffer.from(text, 'latin1'), orders);
    expect(events.map(({ data }) => data.journeyId)).toEqual(['order-2', 'order-4']);
    const reason = 'is not UTF-8; the mapping may name another encoding: "csv": {"encoding": "windows-1252"}';
    expect(faults.map((fault) => [fault.line, fault.reason])).toEqual([
      [2, reason],
      [5, reason],
    ]);
    await expect(read(Buffer.from('who,\xfc\nada,1\n', 'latin1'), orders)).rejects.toThrow(
      'log.csv:1: the header is not UTF-8',
    );
  });

  it('is read in the encoding that the mapping names, joined tables too or in one of their own', async () => {
    const mapping = (join: object) => ({
      ...orders,
      csv: { encoding: 'windows-1252' },
      customer: '{o.buyer}',
      join: { o: { file: 'o.csv', column: 'who', ...join } },
    });
    const text = Buffer.from('who,order,what,at\nM\xfcller,1,x,2026-03-01\nM\xf6ller,2,x,2026-03-01\n', 'latin1');
    const joined = 'who,buyer\nMüller,é\nMöller,ö\n';
    const own = await read(text, mapping({}), { 'o.csv': Buffer.from(joined, 'latin1') });
    expect(own.events.map(({ subject }) => subject)).toEqual(['é', 'ö']);
    const other = await read(text, mapping({ encoding: 'utf-8' }), { 'o.csv': joined });
    expect(other.events.map(({ subject }) => subject)).toEqual(['é', 'ö']);
    const utf8 = { ...mapping({}), csv: {} };
    await expect(read('who,order,what,at\n', utf8, { 'o.csv': Buffer.from(joined, 'latin1') })).rejects.toThrow(
      'o.csv:2: is not UTF-8',
    );
  });

  it('is read with CR as line ends, in quoted cells too, and a binary file is named and not shown', async () => {
    const { events } = await read('who,order,what,at\r"ada\rl",1,x,2026-03-01\rbob,2,x,2026-03-01\r', orders);
    expect(events.map(({ subject }) => subject)).toEqual(['ada\rl', 'bob']);
    const workbook = Buffer.concat([Buffer.from('PK\x03\x04\x14\0'), Buffer.alloc(300, 7)]);
    await expect(read(workbook, orders)).rejects.toThrow(/log\.csv is a zip archive: unpack it first[\w ;]*\.$/);
    await expect(read(`${'x,'.repeat(50_000)}y\n`, orders)).rejects.toThrow(/^.{0,400}$/);
  });

  it('says at once which column does not exist, and which there are', async () => {
    await expect(read('who,order,at\n', orders)).rejects.toThrow('has no column "what"; it has who, order, at');
    const mapping = { ...orders, customer: '{o.x}', join: { o: { file: 'o.csv', column: 'order' } } };
    await expect(read('who,order,what,at\n', mapping, { 'o.csv': 'order,y\n' })).rejects.toThrow(
      'o.csv has no column "x"; it has order, y',
    );
  });

  it('takes a number only in its declared form, and names the row that has another', async () => {
    const mapping = {
      ...orders,
      csv: { delimiter: ';' },
      decimalComma: true,
      emit: [
        {
          type: 'purchase.made',
          data: {
            amount: { column: 'what', as: 'number' },
            currency: 'EUR',
            attributes: { rate: { column: 'rate', as: 'number', decimalComma: false } },
          },
        },
      ],
    };
    const rows = ['12,50;0.5', '12.50;0.5', '1.234,50;1.5', '1,234.50;1', '0.99;1', '1.23,4;1', '0x1F;1', '7;0,5'];
    const text = `who;order;what;rate;at\n${rows.map((row, n) => `ada;${n};${row};2026-03-01\n`).join('')}`;
    const { events, faults } = await read(text, mapping);
    expect(events.map(({ data }) => [data.amount, data.attributes])).toEqual([
      [12.5, { rate: 0.5 }],
      [1234.5, { rate: 1.5 }],
    ]);
    expect(faults.map(({ line }) => line)).toEqual([3, 5, 6, 7, 8, 9]);
    expect(faults[0]!.reason).toContain('what "12.50" is not a number in the form 1.234,50');
    expect(faults[5]!.reason).toContain('rate "0,5" is not a number in the form 1234.50');
    await expect(read(text, { ...mapping, thousands: ',' })).rejects.toThrow('cannot stand before decimals');
  });

  it('trims the names of its columns, and its cells where the mapping says so', async () => {
    const text = ' who ,"order ",what,at\n ada , 7,x ,2026-03-01 \n';
    const trimmed = await read(text, { ...orders, csv: { trim: true } });
    expect(trimmed.events).toMatchObject([
      { subject: 'ada', data: { journeyId: 'order-7', touchpoint: 'x' }, time: '2026-03-01T00:00:00.000Z' },
    ]);
    const customer = { column: 'who', trim: true };
    const one = await read(text.replace('-01 ', '-01'), { ...orders, customer });
    expect(one.events).toMatchObject([{ subject: 'ada', data: { journeyId: 'order- 7', touchpoint: 'x ' } }]);
    const blank = await read('who,order,what,at\n  ,7,x,2026-03-01\n', { ...orders, csv: { trim: true } });
    expect(blank.faults).toMatchObject([{ line: 2, reason: 'names no customer' }]);
  });

  it('refuses a name that stands twice in a header, its own or that of a joined table; columns without names may be many', async () => {
    await expect(read('who,order,what,at, who\n', orders)).rejects.toThrow(
      'log.csv: the header names two columns who: the 1st and the 5th. Rename one of them.',
    );
    const joined = { ...orders, customer: '{o.x}', join: { o: { file: 'o.csv', column: 'order' } } };
    await expect(read('who,order,what,at\n', joined, { 'o.csv': 'order,x,x\n' })).rejects.toThrow(
      'o.csv: the header names two columns x: the 2nd and the 3rd',
    );
    const { events } = await read('who,order,what,at,,\nada,1,x,2026-03-01,,\n', orders);
    expect(events).toHaveLength(1);
  });

  it('obeys a first line that names the separator', async () => {
    for (const first of ['sep=;', '"sep=;"', '\uFEFFSEP=;']) {
      const { events } = await read(`${first}\r\nwho;order;what;at\r\nada;7;x,y;2026-03-01\r\n`, orders);
      expect(events).toMatchObject([{ subject: 'ada', data: { touchpoint: 'x,y' } }]);
    }
    const { faults } = await read('sep=\t\nwho\torder\twhat\tat\nada\t7\n', orders);
    expect(faults).toMatchObject([{ line: 3, reason: 'has 2 columns where the header has 4' }]);
    await expect(read('who,order,what,at\nsep=;\n', orders)).resolves.toMatchObject({ faults: [{ line: 2 }] });
  });

  it('takes the time between two columns as a duration; what is negative or no time is a bad row', async () => {
    const mapping = {
      ...orders,
      time: { column: 'at', format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' },
      emit: [
        {
          type: 'moment.recorded',
          data: {
            touchpoint: 'call',
            channel: 'phone',
            outcome: 'succeeded',
            durationMs: { minus: ['{end}', '{at}'] },
          },
        },
      ],
    };
    const { events, faults } = await read(
      `who,order,at,end
ada,1,01.03.2026 09:00,01.03.2026 09:30
ada,2,29.03.2026 01:30,29.03.2026 03:30
ada,3,01.03.2026 09:00,
ada,4,01.03.2026 09:00,01.03.2026 08:59
ada,5,01.03.2026 09:00,later
ada,6,01.03.2026 09:00,01.03.2026 09:00
`,
      mapping,
    );
    // The clock was put forward between the two times of the second row.
    expect(events.map(({ data }) => [data.journeyId, data.durationMs])).toEqual([
      ['order-1', 1_800_000],
      ['order-2', 3_600_000],
      ['order-3', undefined],
      ['order-6', 0],
    ]);
    expect(faults.map(({ line, reason }) => [line, reason])).toEqual([
      [5, '{end} lies before {at}: a span of time cannot be negative'],
      [6, '{end} "later" is not a time in the form dd.MM.yyyy HH:mm'],
    ]);
  });

  it('takes a time of two columns, for the event, for what falls due and for both ends of a duration', async () => {
    const { events, faults } = await read(
      'c,day,clock,due,until\nada,1/3/2026,9:05 AM,8/3/27,9:06 AM\nbob,1/3/2026,,8/3/26,\n',
      {
        ...orders,
        customer: '{c}',
        journey: undefined,
        time: { text: '{day} {clock}', format: 'd/M/yyyy h:mm a' },
        emit: [
          { type: 'promise.made', data: { promiseId: 'p', dueAt: { column: 'due', as: 'time', format: 'd/M/yy' } } },
          {
            type: 'moment.recorded',
            data: {
              ...orders.emit[0]!.data,
              touchpoint: 'open',
              durationMs: { minus: ['{day} {until}', '{day} {clock}'] },
            },
          },
        ],
      },
    );
    expect(events.map(({ time, data }) => [time, data.dueAt ?? data.durationMs])).toEqual([
      ['2026-03-01T09:05:00.000Z', '2027-03-08T00:00:00.000Z'],
      ['2026-03-01T09:05:00.000Z', 60_000],
    ]);
    expect(faults.map(({ reason }) => reason)).toEqual([
      'has no time: {day} {clock} is empty ("whenMissing": "skip" would leave such events out)',
    ]);
  });

  it('refuses a joined table in which a key comes twice', async () => {
    const mapping = { ...orders, join: { o: { file: 'o.csv', column: 'order' } } };
    await expect(read('who,order,what,at\n', mapping, { 'o.csv': 'order\n1\n1\n' })).rejects.toThrow(
      'o.csv:3: order "1" comes twice',
    );
  });
});
