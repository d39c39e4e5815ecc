import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportNames, type JourneyFormat } from '@touchstone/api';
import { exportRows, openReadModels } from '@touchstone/read-models';
import {
  batch,
  complaintRow,
  customerRow,
  journeyRow,
  momentRow,
  promiseRow,
  T0,
} from '@touchstone/read-models/testing';
import { afterAll, expect, it } from 'vitest';
import { readByPython } from '../export-readers/python-readers.ts';
import { describeWith } from '../servers-here/describe-with.ts';

const HOUR = 3_600_000;
const MOMENT = 'touchstone.moment.recorded.v1';
const NASTY = 'a<b>&"c\'\n\té😀';

const describeWithReaders = await describeWith('exportReaders');

describeWithReaders('files of exports, read by pm4py and pyarrow', () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-exports-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function writeExports(): Promise<void> {
    const readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
    try {
      const { number } = await readModels.createGeneration('{}');
      const at = (hour: number) => ({ time: T0 + hour * HOUR, position: BigInt(hour), eventId: `e${hour}` });
      await readModels.writeBatch(
        number,
        batch(0n, 10n, {
          customers: [customerRow({ customerId: 'anna' }), customerRow({ customerId: 'ben' })],
          journeys: [
            journeyRow({ customerId: 'anna', journeyId: 'j', score: 81.5, moments: 2, attributes: { [NASTY]: NASTY } }),
            journeyRow({ customerId: 'ben', journeyId: 'j', score: null, level: '', moments: 1 }),
          ],
          moments: [
            momentRow({
              ...at(2),
              customerId: 'anna',
              journeyId: 'j',
              type: MOMENT,
              touchpoint: 'second',
              actorTeam: 'north',
            }),
            momentRow({ ...at(1), customerId: 'anna', journeyId: 'j', type: MOMENT, touchpoint: NASTY }),
            momentRow({ ...at(3), customerId: 'ben', journeyId: 'j', type: MOMENT, touchpoint: 'first' }),
            momentRow({
              ...at(4),
              customerId: 'ben',
              journeyId: 'j',
              type: 'touchstone.promise.made.v1',
              touchpoint: '',
              promiseId: 'p',
            }),
            momentRow({
              ...at(5),
              customerId: 'ben',
              journeyId: 'j',
              type: 'touchstone.complaint.raised.v1',
              touchpoint: '',
              complaintId: 'c',
            }),
          ],
          promises: [promiseRow({ customerId: 'ben', promiseId: 'p', journeyId: 'j' })],
          complaints: [complaintRow({ customerId: 'ben', complaintId: 'c', journeyId: 'j' })],
        }),
      );
      const write = async (name: (typeof exportNames)[number], format: JourneyFormat, file: string) => {
        const chunks: Uint8Array[] = [];
        const asker = { name: 'anna', signal: new AbortController().signal };
        const parts = exportRows(name, number, {} as never, { now: T0, purchaseDays: 365 }, format);
        for await (const chunk of readModels.clickhouse.export(asker, parts)) chunks.push(chunk);
        writeFileSync(join(folder, file), Buffer.concat(chunks));
      };
      await write('journeys', 'xes', 'journeys.xes');
      await write('journeys', 'ocel', 'journeys.ocel.json');
      for (const name of exportNames) await write(name, 'parquet', `${name}.parquet`);
    } finally {
      await readModels.close();
    }
  }

  it('have the traces, objects, events, relations, rows and types that were exported', {
    timeout: 120_000,
  }, async () => {
    await writeExports();
    const time = (hour: number) => new Date(T0 + hour * HOUR).toISOString().replace('.000Z', '+00:00');
    const rows = (count: number, types: Record<string, string>) => ({
      rows: count,
      types: expect.objectContaining(types),
    });
    expect(await readByPython(folder)).toEqual({
      xes: {
        traces: { 'anna/j': [NASTY, 'second'], 'ben/j': ['first'] },
        times: [time(1), time(2), time(3)],
        transitions: ['complete'],
        groups: ['north'],
        scores: [81.5],
      },
      ocel: {
        isValid: true,
        objectTypes: ['complaint', 'customer', 'journey', 'promise', 'touchpoint'],
        events: 5,
        objects: 2 + 2 + 1 + 1 + 3,
        relations: 5 + 5 + 3 + 1 + 1,
        qualifiers: ['at', 'in', 'made', 'of', 'raised'],
      },
      parquet: {
        'journeys.parquet': rows(2, { id: 'string', startedAt: 'timestamp[ms, tz=UTC]', score: 'double' }),
        'moments.parquet': rows(5, { position: 'uint64', attributes: "map<string, string ('attributes')>" }),
        'customers.parquet': rows(2, { satisfaction: 'double', quietlyLeaving: 'bool' }),
        'promises.parquet': rows(1, { expected: 'bool', closedAt: 'timestamp[ms, tz=UTC]' }),
        'complaints.parquet': rows(1, { firstContact: 'bool' }),
        'trust-changes.parquet': rows(0, { from: 'string', ordinal: 'uint32' }),
      },
    });
  });
});
