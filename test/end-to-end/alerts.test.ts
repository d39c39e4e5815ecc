import { heartbeatSchema, objectiveSchema } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import {
  type Alert,
  alertsLedger,
  heartbeatsLedger,
  objectivesLedger,
  testHeartbeat,
  testObjective,
} from '@touchstone/operations';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chanceFrom } from '../crash/chance.ts';
import { MINUTE, START, startAlertingSystem } from './alerting-system.ts';

/** Minutes that are judged; `ALERT_MINUTES=600` takes some minutes. */
const MINUTES = Number(process.env.ALERT_MINUTES ?? 48);
const SEED = Number(process.env.ALERT_SEED ?? 21);

let system: Awaited<ReturnType<typeof startAlertingSystem>>;
beforeAll(async () => {
  system = await startAlertingSystem();
});
afterAll(() => system?.stop());

const chance = chanceFrom(SEED);

/** A store whose appends are cut off at random, before or after they are stored, as a kill does. */
function killedAtRandom(store: EventStore, onKill: () => void): EventStore {
  const killed = () => {
    onKill();
    throw new Error('killed');
  };
  return {
    ...store,
    append: async (events, options) => {
      if (chance.happens(0.15)) killed();
      const result = await store.append(events, options);
      return chance.happens(0.15) ? killed() : result;
    },
  };
}

/** The alerts of one version, as a back-test says them. */
const asTested = (alerts: readonly Alert[], kind: Alert['kind'], version: number) =>
  alerts.filter((alert) => alert.kind === kind && alert.version === version);

test('a process that is killed again and again tells every begin and end once, as a back-test has them', async () => {
  const { store, source } = system;
  const objectives = objectivesLedger(store);
  const heartbeats = heartbeatsLedger(store);
  const given = { touchpoint: 'paid', objective: 0.9, minMoments: 2, minFailures: 1 };
  const rules = [objectiveSchema.parse(given), objectiveSchema.parse({ ...given, minFailures: 2, channel: 'web' })];
  const heartbeat = heartbeatSchema.parse({ touchpoint: 'paid', silentAfter: 'PT3M' });
  const versions = [await objectives.put('checkout', rules[0]!)];
  const beat = await heartbeats.put('beat', heartbeat);

  let kills = 0;
  const start = () =>
    system.evaluator(
      'alone',
      killedAtRandom(store, () => kills++),
    );
  let evaluator = start();
  const judge = async () => {
    // Each try is killed with less than even chances.
    for (let tries = 0; tries < 100; tries++) {
      try {
        const judgedTo = await evaluator.judge();
        if (judgedTo !== null) return judgedTo;
      } catch (error) {
        expect(error).toMatchObject({ message: 'killed' });
        evaluator = start();
      }
    }
    throw new Error('the minute was not judged');
  };
  let judgedTo = 0;
  for (let minute = 1; minute <= MINUTES; minute++) {
    const begin = START + (minute - 1) * MINUTE;
    const isOutage = minute % 23 > 14;
    const isSilent = minute % 31 > 25;
    for (let second = 2; second < 58 && !isSilent; second += chance.whole(4, 33)) {
      system.setNow(begin + second * 1_000);
      // Some come late, and some from a clock that runs ahead.
      const lateMs = chance.happens(0.2) ? chance.between(-2, 7) * MINUTE : 0;
      await system.publish(Math.round(begin + second * 1_000 - lateMs), chance.happens(isOutage ? 0.9 : 0.02));
    }
    if (minute === Math.floor(MINUTES / 2)) versions.push(await objectives.put('checkout', rules[1]!));
    // Now and then nobody judges for some minutes.
    system.setNow(begin + MINUTE + 1_500);
    if (minute % 17 < 13 || minute === MINUTES) judgedTo = await judge();
  }
  expect(judgedTo).toBe(START + MINUTES * MINUTE);

  const told = await alertsLedger(store).list();
  const end = judgedTo + MINUTE;
  for (const [index, { version, inForceFrom, rule }] of versions.entries()) {
    const next = versions[index + 1]?.inForceFrom;
    const span = { from: inForceFrom, to: next ?? end, clock: 'stored' as const };
    const { alerts } = await testObjective(source, rule, span);
    // Another version ends what fires at the minute at which it comes into force.
    const expected = alerts.map((alert) => ({ ...alert, ended: alert.ended ?? next ?? null }));
    const found = asTested(told, 'burn-rate', version);
    expect(found).toHaveLength(expected.length);
    for (const alert of expected) {
      const { began, severity } = alert;
      const one = found.find((each) => each.began === began && each.severity === severity);
      // Rules that join while it fires are told at once.
      expect(one).toMatchObject(alert);
    }
    expect(expected.length).toBeGreaterThan(0);
  }
  const { alerts } = await testHeartbeat(source, heartbeat, { from: beat.inForceFrom, to: end, clock: 'stored' });
  expect(asTested(told, 'silence', 1).map(({ began, ended, last }) => ({ began, ended, last }))).toEqual(alerts);
  expect(alerts.length).toBeGreaterThan(0);
  const ids = (await store.readStream('alerts')).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(kills).toBeGreaterThan(MINUTES / 4);
});

test('one process of two judges, and the other takes over once it has been silent for long', async () => {
  const first = START + (MINUTES + 5) * MINUTE;
  // The processes of the test before have been silent since.
  system.setNow(first + 1_000);
  const one = system.evaluator('one');
  const other = system.evaluator('other');
  expect(await one.judge()).toBe(first);
  expect(await other.judge()).toBeNull();
  system.setNow(first + MINUTE + 1_000);
  expect(await other.judge()).toBeNull();
  expect(await one.judge()).toBe(first + MINUTE);
  system.setNow(first + 5 * MINUTE + 1_000);
  expect(await other.judge()).toBe(first + 5 * MINUTE);
  expect(await one.judge()).toBeNull();
});

test('alerts are acknowledged, and stay so once they have ended', async () => {
  const ledger = alertsLedger(system.store);
  const [alert] = await ledger.list();
  expect(await ledger.acknowledge(alert!.id, { by: 'ada', note: 'seen' })).toMatchObject({
    id: alert!.id,
    acknowledged: { by: 'ada', note: 'seen' },
  });
  expect(await alertsLedger(system.store).list()).toContainEqual(
    expect.objectContaining({
      id: alert!.id,
      ended: alert!.ended,
      acknowledged: expect.objectContaining({ by: 'ada' }),
    }),
  );
  expect(await ledger.acknowledge('burn-rate/none', { by: 'ada', note: '' })).toBeNull();
});
