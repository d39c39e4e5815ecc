/**
 * Publishes moments, projects them, judges alerts minute by minute and sends them to a target, with
 * a clock of its own, until it is killed.
 */

import { join } from 'node:path';
import { sqliteEventStore } from '@touchstone/event-store';
import { definitionsByType, policyV1 } from '@touchstone/journey';
import {
  alertEvaluator,
  alertsLedger,
  sendingsLedger,
  targetRegistry,
  targetSender,
  targetsFile,
} from '@touchstone/operations';
import { openReadModels } from '@touchstone/read-models';
import { createLogger } from '../../packages/runtime/src/logger.ts';
import { projectWithClock } from '../../services/projector/testing/project-with-clock.ts';
import { onOrder, say } from './doomed-program.ts';

export interface JudgeOrder {
  readonly folder: string;
  readonly generation: number;
  /** Time of the first minute, ms. */
  readonly start: number;
  /** Minutes that pass unnoticed now and then, as while nothing runs. */
  readonly skipped: number;
  /** Minutes after which it is done; it goes on without an end unless given. */
  readonly minutes?: number | undefined;
}

const MINUTE = 60_000;

/** Moments of a minute: some fail in outages, and some are silent for a while. */
function momentsOf(minute: number, start: number) {
  const index = Math.round((minute - start) / MINUTE);
  const moments = [];
  for (const [phase, channel] of ['web', 'app'].entries()) {
    const isOutage = (index + 35 * phase) % 70 >= 63;
    for (let nth = 0; nth < 4; nth++) moments.push({ touchpoint: 'paid', channel, failed: isOutage, nth });
  }
  if (index % 31 <= 25) moments.push({ touchpoint: 'beat', channel: 'web', failed: false, nth: 0 });
  return moments.map(({ touchpoint, channel, failed, nth }) => {
    const time = minute - 50_000 + nth * 10_000;
    const [id, source, type] = [`${touchpoint}-${channel}-${index}-${nth}`, '/till', 'touchstone.moment.recorded.v1'];
    const data = {
      journeyId: `${channel}-${index}`,
      journeyType: 'visit',
      touchpoint,
      channel,
      outcome: failed ? 'failed' : 'succeeded',
    };
    const envelope = { specversion: '1.0', id, source, type, subject: 'ada', time: new Date(time).toISOString(), data };
    return { stream: 'customer-ada', source, id, type, time, body: JSON.stringify(envelope) };
  });
}

onOrder<JudgeOrder>(async ({ folder, generation, start, skipped, minutes }) => {
  let now = start;
  const store = await sqliteEventStore({ file: join(folder, 'events.db'), now: () => now });
  now = Math.max(start, (await store.lastRecordedAt()) ?? 0);
  const readModels = await openReadModels(`chdb:${folder}/clickhouse`);
  const logger = createLogger({ level: 'silent' });
  const { projector } = await projectWithClock({
    store,
    readModels,
    generation,
    measures: { policy: policyV1, definitions: definitionsByType([]) },
    logger,
    intervalMs: 60_000,
  });
  const evaluator = alertEvaluator({
    store,
    alerts: alertsLedger(store),
    source: () => ({ clickhouse: readModels.clickhouse, generation }),
    now: async () => now,
    reached: projector.progress.reached,
    settled: async () => {},
    by: 'alone',
  });
  const kept = targetsFile(join(folder, 'targets.json'));
  const targets = targetRegistry({ store, kept, allowsPrivate: false, now: () => now });
  const startSender = (isOurs: () => Promise<boolean>) =>
    targetSender({ store, targets, logger, allowsPrivate: false, isOurs, now: () => now, timeoutMs: 500 });
  const sender = startSender(evaluator.isOurs);
  say({ up: true });
  for (let passed = 0; ; passed++) {
    const minute = (Math.floor(now / MINUTE) + 1 + (passed % 9 === 8 ? skipped : 0)) * MINUTE;
    now = minute - 500;
    await store.append(momentsOf(minute, start));
    now = minute + 1_500;
    // The clock stands while the minute is judged, so it is judged at last.
    while ((await evaluator.judge()) === null);
    await sender.look();
    say({ minute });
    if (passed === minutes) break;
  }
  const judgedTo = await evaluator.judge();
  await sender.stop();
  // Time passes until the target has taken all messages.
  const last = startSender(async () => true);
  const sendings = sendingsLedger(store);
  const [target] = await targets.list();
  const told = (await store.readStream('alerts')).filter(({ type }) => type.startsWith('touchstone.change.'));
  while ((await sendings.of(target!)).doneTo !== told.at(-1)!.id) {
    await last.look();
    await last.settled();
    now += 20_000;
  }
  await projector.progress.reached(await store.head(), 60_000);
  say({ done: judgedTo });
});
