import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMapping } from './mapping.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchstone-mapping-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function faultsOf(text: string): Promise<string> {
  const file = join(folder, 'mapping.json');
  await writeFile(file, text);
  return readMapping(file).then(
    () => 'none',
    (error: Error) => error.message,
  );
}

const good = { format: 'csv', source: 's', customer: '{c}', time: { column: 't' }, emit: [{ type: 'referral.made' }] };

describe('a mapping file', () => {
  it('is taken when it is as it must be', async () => {
    expect(await faultsOf(JSON.stringify(good))).toBe('none');
  });

  it('is taken as the README shows it', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const [, example] = /```json\n([\s\S]*?)```/.exec(readme)!;
    expect(await faultsOf(example!)).toBe('none');
  });

  it('is refused with every fault and its place', async () => {
    const faults = await faultsOf(
      JSON.stringify({
        ...good,
        format: 'xls',
        tiem: {},
        emit: [
          { type: 'moment.recorded', data: { touchpont: 'x' } },
          { type: 'moment.made' },
          {
            type: 'feedback.given',
            data: { score: { column: 'n', as: 'rating' }, touchpoint: { column: 'a', text: 'b' } },
          },
        ],
      }),
    );
    expect(faults).toContain('format: ');
    expect(faults).toContain('tiem');
    expect(faults).toContain('emit.0.data.touchpont: is no field of moment.recorded; its fields: ');
    expect(faults).toContain('emit.1.type: must be one of moment.recorded, feedback.given');
    expect(faults).toContain('a rating needs `min` and `max`');
    expect(faults).toContain('needs `column` or `text`, one of them');
  });

  it('says what `minus` and `thousands` take', async () => {
    const emit = (data: object) => ({ ...good, emit: [{ type: 'moment.recorded', data }] });
    expect(await faultsOf(JSON.stringify(emit({ durationMs: { minus: ['{end}', '{start}'] } })))).toBe('none');
    expect(await faultsOf(JSON.stringify(emit({ durationMs: { minus: ['{end}'] } })))).toContain('minus');
    expect(await faultsOf(JSON.stringify(emit({ durationMs: { minus: ['{e}', '{s}'], as: 'number' } })))).toContain(
      '`minus` is a number of milliseconds',
    );
    expect(await faultsOf(JSON.stringify({ ...good, thousands: 'x' }))).toContain('thousands: ');
  });

  it('says what is wrong with a format, zone or language of times before any row is read', async () => {
    const time = { text: '{d} {t}', format: "dd/MM/yyyy'T'hh:mm a", zone: 'Europe/Paris', locale: 'fr' };
    const emit = (due: object) => [
      { type: 'promise.made', data: { promiseId: 'p', dueAt: { column: 'd', as: 'time', ...due } } },
    ];
    expect(await faultsOf(JSON.stringify({ ...good, time, emit: emit({ format: 'epoch-us' }) }))).toBe('none');
    const faults = await faultsOf(
      JSON.stringify({
        ...good,
        time: { column: 't', format: 'YYYY-MM-DD', zone: 'Paris', locale: '?' },
        emit: emit({ format: 'dd/MM/yyyy hh:mm' }),
      }),
    );
    expect(faults).toContain('time.format: in the time format "YYYY-MM-DD", YYYY, DD means nothing');
    expect(faults).toContain('time.zone: unknown time zone "Paris"');
    expect(faults).toContain('time.locale: "?" is no language');
    expect(faults).toContain('dueAt: format the time format "dd/MM/yyyy hh:mm" has an hour of 12 (h) without AM or PM');
    expect(await faultsOf(JSON.stringify({ ...good, time: {} }))).toContain('time: needs `column` or `text`');
  });

  it('names only encodings that there are', async () => {
    expect(await faultsOf(JSON.stringify({ ...good, csv: { encoding: 'GBK' }, xes: { encoding: 'latin1' } }))).toBe(
      'none',
    );
    expect(await faultsOf(JSON.stringify({ ...good, csv: { encoding: 'cp-klingon' } }))).toContain(
      'csv.encoding: is no encoding of the Encoding Standard',
    );
  });

  it('that is no JSON or is not there is told as that', async () => {
    expect(await faultsOf('{')).toContain('is not JSON');
    await expect(readMapping(join(folder, 'none.json'))).rejects.toThrow('cannot be read');
  });
});
