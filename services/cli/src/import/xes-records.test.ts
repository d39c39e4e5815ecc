import { Readable } from 'node:stream';
import type { CloudEvent } from '@touchstone/journey';
import { describe, expect, it } from 'vitest';
import { mappingSchema } from './mapping.ts';
import { readRecords } from './read-records.ts';
import type { IdRule } from './row-ids.ts';
import type { SourceRecord } from './source-record.ts';
import { xesRecords } from './xes-records.ts';
import { xesTraces } from './xes-traces.ts';

const LOG = `<?xml version="1.0"?>
<!DOCTYPE log>
<log xes.version="1.0">
  <global scope="event"><date key="time:timestamp" value="1970-01-01T00:00:00.000+01:00"/></global>
  <float key="statistics" value="1"><float key="nested" value="2"/></float>
  <trace>
    <string key="concept:name" value="case &amp; 1"/>
    <string key="customer"><string key="hidden" value="not an attribute of the trace"/></string>
    <event>
      <string key="concept:name" value="open"><string key="concept:name" value="nested"/></string>
      <date key="time:timestamp" value="2012-01-01T10:00:00+01:00"/>
      <string key="customer" value="ada"/>
    </event>
    <event>
      <string key="concept:name" value="close"/>
      <date key="time:timestamp" value="2012-01-02T10:00:00+01:00"/>
      <string key="customer" value="bob"/>
    </event>
    <date key="end" value="2012-01-03T00:00:00Z"/>
  </trace>
  <trace><string key="concept:name" value="case 2"/></trace>
</log>`;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Splits the text into pieces of this many bytes. */
const pieces = (text: string | Buffer, size: number) => {
  const bytes = Buffer.from(text);
  return Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size)),
  );
};

const NOW = Date.UTC(2026, 2, 1);

describe('an XES file', () => {
  it('is read trace by trace; defaults, statistics and nested attributes are not data', async () => {
    const traces = await all(xesTraces(pieces(LOG, 7), 'log.xes'));
    expect(traces.map((trace) => Object.fromEntries(trace.attributes))).toEqual([
      { 'concept:name': 'case & 1', end: '2012-01-03T00:00:00Z' },
      { 'concept:name': 'case 2' },
    ]);
    expect(traces[0]!.events.map(({ attributes }) => attributes.get('concept:name'))).toEqual(['open', 'close']);
    expect(traces[0]!.events.map(({ line }) => line)).toEqual([9, 14]);
  });

  it('gives attributes of the event, of the trace, and of the first event for the whole trace', async () => {
    const mapping = mappingSchema.parse({
      format: 'xes',
      source: 'desk',
      customer: '{first.customer}',
      journey: '{trace.concept:name}',
      journeyType: 'ticket',
      time: { column: 'time:timestamp' },
      emit: [
        {
          type: 'promise.made',
          at: 'traceStart',
          when: { 'trace.end': { present: true } },
          data: { promiseId: 'p', dueAt: { column: 'trace.end', as: 'time' } },
        },
        { type: 'moment.recorded', data: { touchpoint: '{concept:name}', channel: 'desk', outcome: 'succeeded' } },
        {
          type: 'promise.kept',
          at: 'traceEnd',
          when: { 'trace.end': { present: true } },
          time: { column: 'trace.end' },
          data: { promiseId: 'p' },
        },
      ],
    });
    const read = () => all<SourceRecord>(xesRecords(pieces(LOG, 100), 'log.xes', mapping, 'content', NOW));
    const [first, second] = await read();
    const events = first!.events as CloudEvent[];
    expect(events.map(({ type, time, subject }) => [type.split('.').slice(1, 3).join('.'), time, subject])).toEqual([
      ['promise.made', '2012-01-01T09:00:00.000Z', 'ada'],
      ['moment.recorded', '2012-01-01T09:00:00.000Z', 'ada'],
      ['moment.recorded', '2012-01-02T09:00:00.000Z', 'ada'],
      ['promise.kept', '2012-01-03T00:00:00.000Z', 'ada'],
    ]);
    expect(events[1]!.data.journeyId).toBe('case & 1');
    expect(second!.events).toEqual([]);
    expect(await read()).toEqual([first, second]);
  });

  it('is read in the encoding that it declares, and in that of its byte order mark', async () => {
    const text = (encoding: string) =>
      `<?xml version="1.0" encoding="${encoding}"?><log><trace><string key="concept:name" value="Größe"/></trace></log>`;
    const files = [
      Buffer.from(text('ISO-8859-1'), 'latin1'),
      Buffer.from(`\uFEFF${text('UTF-16')}`, 'utf16le'),
      Buffer.from(`\uFEFF${text('UTF-16')}`, 'utf16le').swap16(),
      Buffer.from(text('UTF-16'), 'utf16le'),
      // Programs that write XML into a string declare the string's encoding, and then save it in
      // another one.
      Buffer.from(text('utf-16')),
    ];
    for (const bytes of files) {
      for (const size of [1, 1000]) {
        const [trace] = await all(xesTraces(pieces(bytes, size), 'log.xes'));
        expect(trace!.attributes.get('concept:name')).toBe('Größe');
      }
    }
    await expect(all(xesTraces(pieces(text('KLINGON'), 9), 'log.xes'))).rejects.toThrow(
      'log.xes:1: declares the encoding "KLINGON", which is not known',
    );
    const wrong = Buffer.from(text('UTF-8'), 'latin1');
    const [named] = await all(xesTraces(pieces(wrong, 9), 'log.xes', 'latin1'));
    expect(named!.attributes.get('concept:name')).toBe('Größe');
  });

  it('costs an event alone what in it cannot be decoded, and a trace what in the trace itself cannot', async () => {
    const mapping = mappingSchema.parse({
      format: 'xes',
      source: 'desk',
      customer: '{trace.c}',
      time: { column: 't' },
      emit: [{ type: 'moment.recorded', data: { touchpoint: '{n}', channel: 'desk', outcome: 'succeeded' } }],
    });
    const event = (n: string) =>
      `<event><string key="n" value="${n}"/><date key="t" value="2026-03-01T09:00:00Z"/></event>`;
    const trace = (c: string, ...events: string[]) =>
      `<trace><string key="c" value="${c}"/>\n${events.map(event).join('\n')}</trace>\n`;
    const log = `<log>\n${trace('ada', 'M\xfc > x', 'b')}${trace('\xfc', 'c')}${trace('cyd', 'd')}</log>`;
    for (const size of [1, 1000]) {
      const records = await all(
        xesRecords(pieces(Buffer.from(log, 'latin1'), size), 'log.xes', mapping, 'content', NOW),
      );
      const events = records.flatMap((record) => record.events as CloudEvent[]);
      expect(events.map(({ subject, data }) => [subject, data.touchpoint])).toEqual([
        ['ada', 'b'],
        ['cyd', 'd'],
      ]);
      expect(records.flatMap(({ faults }) => faults.map(({ line, reason }) => [line, reason]))).toEqual([
        [3, 'is not UTF-8 in line 3'],
        [6, 'is not UTF-8 in line 5'],
      ]);
    }
  });

  it('tells of each event that stands in no trace, and of an object-centric log', async () => {
    const mapping = mappingSchema.parse({
      format: 'xes',
      source: 'desk',
      customer: '{trace.n}',
      time: { column: 't' },
      emit: [
        { type: 'moment.recorded', data: { touchpoint: '{n}', channel: 'desk', outcome: 'succeeded' } },
        { type: 'referral.made', at: 'traceStart' },
      ],
    });
    const event = (n: string) =>
      `<event><string key="n" value="${n}"/><date key="t" value="2026-03-01T09:00:00+01"/></event>`;
    const trace = `<trace><string key="n" value="ada"/>${event('in')}</trace>`;
    const read = async (log: string, rule: IdRule = 'content') => {
      const records = await all(xesRecords(pieces(log, 50), 'log.xes', mapping, rule, NOW));
      const faults = records.flatMap((record) => record.faults);
      return { ids: records.flatMap((record) => (record.events as CloudEvent[]).map(({ id }) => id)), faults };
    };
    for (const rule of ['content', 'row-number'] as const) {
      const alone = await read(`<log>${trace}</log>`, rule);
      const among = await read(`<log>\n${event('before')}\n${trace}\n${event('after')}</log>`, rule);
      expect(among.ids).toEqual(alone.ids);
      expect(among.faults.map(({ line, reason, raw }) => [line, reason.slice(0, 30), JSON.parse(raw).n])).toEqual([
        [2, 'is an event outside of a trace', 'before'],
        [4, 'is an event outside of a trace', 'after'],
      ]);
    }
    const ocel = `<log><object-types/><objects/><events>${event('a')}${event('b')}</events></log>`;
    expect((await read(ocel)).faults.map(({ reason }) => reason)).toEqual(
      Array(2).fill(expect.stringContaining('object-centric log (OCEL)')),
    );
    expect((await read(`<log><group>${trace}</group></log>`)).faults).toHaveLength(1);
  });

  it('names an object-centric log in JSON and counts its events, of either version', async () => {
    const logs = [
      { objectTypes: [], eventTypes: [], objects: [], events: [{ id: 'e1' }, { id: 'e2' }] },
      { 'ocel:global-log': { 'ocel:version': '1.0' }, 'ocel:events': { e1: {}, e2: {} }, 'ocel:objects': {} },
    ];
    for (const log of logs) {
      for (const text of [JSON.stringify(log), JSON.stringify(log, null, 2)]) {
        const records = await all(await readRecords(pieces(text, 1000), 'log.json', undefined, 'content', NOW));
        expect(records.flatMap(({ faults }) => faults.map(({ reason }) => reason))).toEqual(
          Array(2).fill(expect.stringContaining('object-centric log (OCEL)')),
        );
      }
    }
    const event = '{"specversion":"1.0","data":{"attributes":{"ocel:x":1}}}\n';
    const [record] = await all(await readRecords(pieces(event, 1000), 'log.json', undefined, 'content', NOW));
    expect(record!.events).toHaveLength(1);
  });

  it('may have its elements under a prefix, declared or not; what is of another namespace is none of its own', async () => {
    const log = (prefix: string, declared: string) =>
      `<${prefix}log ${declared}><x:event/><x:trace><x:event/></x:trace><${prefix}trace><x:string key="n" value="x"/>` +
      `<${prefix}string key="n" value="ada"/><${prefix}event><${prefix}int key="i" value="1"/></${prefix}event></${prefix}trace></${prefix}log>`;
    const texts = [
      log('xes:', 'xmlns:xes="http://www.xes-standard.org/" xmlns:x="urn:x"'),
      log('xes:', ''),
      log('', 'xmlns="http://www.xes-standard.org/" xmlns:x="urn:x"'),
      log('', 'xes.version="1.0" other:attribute="1"'),
    ];
    for (const text of texts) {
      const traces = await all(xesTraces(pieces(text, 20), 'log.xes'));
      expect(traces.map(({ attributes, events }) => [attributes.get('n'), events.length])).toEqual([['ada', 1]]);
    }
  });

  it('that is broken or is no XES says where', async () => {
    await expect(all(xesTraces(pieces('<log>\n<trace>\n</log>', 100), 'log.xes'))).rejects.toThrow(
      'log.xes:3: broken XML',
    );
    await expect(all(xesTraces(pieces('<html/>', 100), 'log.xes'))).rejects.toThrow('is XML, but no XES');
    await expect(all(xesTraces(pieces('<log><trace>', 100), 'log.xes'))).rejects.toThrow('log.xes:1: broken XML');
  });
});
