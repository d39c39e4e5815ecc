import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heartbeatSchema, watchSchema } from '@touchstone/api';
import { type EventStore, restoreLog, sqliteEventStore } from '@touchstone/event-store';
import { alertsLedger, heartbeatsLedger, watchesLedger } from '@touchstone/operations';
import { expect, test } from 'vitest';
import { MINUTE, START, startAlertingSystem } from './alerting-system.ts';

test('a watch begins at the first minute at which enough customers have left, and ends five quiet minutes later', async () => {
  const own = await startAlertingSystem();
  try {
    const watches = watchesLedger(own.store);
    await watches.put('trust', watchSchema.parse({ stage: 'affective', within: 'PT20M', atLeast: 3 }));
    const evaluator = own.evaluator('alone');
    const at = (minute: number) => START + minute * MINUTE;
    // Three leave in the minutes 10 to 12, and one more, alone, in minute 50.
    const leaves = new Map([10, 11, 12, 50].map((minute, nth) => [minute, `c${nth}`]));
    for (let minute = 1; minute <= 60; minute++) {
      own.setNow(at(minute) - 10_000);
      const customerId = leaves.get(minute);
      if (customerId !== undefined) await own.lose(customerId, at(minute) - 10_000);
      own.setNow(at(minute) + 1_500);
      expect(await evaluator.judge()).toBe(at(minute));
    }
    const told = await alertsLedger(own.store).list();
    // The third left in minute 12; the first one's move is 20 minutes old at minute 30.
    expect(told).toMatchObject([
      { kind: 'stage-losses', name: 'trust', severity: 'page', began: at(12), ended: at(30), left: 3, members: 3 },
    ]);
    // The end is told four minutes later, at its own minute.
    const [began, ended] = await own.store.readStream('alerts');
    expect(began!.recordedAt).toBeGreaterThan(at(12));
    expect(ended!.recordedAt).toBeGreaterThan(at(34));
    expect(ended!.recordedAt).toBeLessThan(at(35));
  } finally {
    await own.stop();
  }
});

test('where the log is put back from a backup, the running process forgets what is lost, and judges it again', async () => {
  const own = await startAlertingSystem();
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-alerts-copy-'));
  try {
    await heartbeatsLedger(own.store).put('beat', heartbeatSchema.parse({ touchpoint: 'paid', silentAfter: 'PT3M' }));
    const at = (minute: number) => START + minute * MINUTE;
    own.setNow(at(1) - 30_000);
    await own.publish(at(1) - 30_000, false);
    // A view of the log that can be exchanged under the processes that read it.
    let log = own.store;
    const view = new Proxy(own.store, { get: (_, name) => log[name as keyof EventStore] });
    const evaluator = own.evaluator('alone', view);
    const alerts = alertsLedger(view);
    const judgeTo = async (from: number, to: number) => {
      for (let minute = from; minute <= to; minute++) {
        own.setNow(at(minute) + 1_500);
        expect(await evaluator.judge()).toBe(at(minute));
      }
    };
    await judgeTo(1, 3);
    const backup = join(folder, 'backup.db');
    await writeFile(backup, (await own.store.backup!()).pieces);
    await judgeTo(4, 8);
    expect(await alerts.list()).toMatchObject([{ began: at(4), ended: null }]);

    const file = join(folder, 'events.db');
    restoreLog({ backup, file, derived: [], replace: false, suffix: 'before' });
    log = await sqliteEventStore({ file, now: own.now });
    expect(await alerts.list()).toEqual([]);
    await judgeTo(9, 9);
    expect(await alerts.list()).toMatchObject([{ began: at(4), ended: null }]);
    expect((await log.readStream('alerts')).map(({ id }) => id)).toEqual([
      `silence/beat/1/page/2026-03-02T08:04:00.000Z`,
    ]);
    await log.close();
  } finally {
    await own.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
