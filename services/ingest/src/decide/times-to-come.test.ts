import { formatInstant } from '@touchstone/journey';
import { expect, it } from 'vitest';
import { EVENT, lines, NDJSON, startIngest } from '../../testing/start-ingest.ts';
import { acceptEvents } from './accept-events.ts';
import { messageBatch } from './input-batch.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const DAY_MS = 86_400_000;

/** Starts ingest with a limit of one day ahead of a clock that the test moves. */
async function startWithLimit() {
  let now = NOW;
  const latestTime = () => now + DAY_MS;
  const started = await startIngest({ latestTime });
  return {
    ...started,
    latestTime,
    setNow: (time: number) => {
      now = time;
    },
  };
}

const at = (time: number, id = 'ahead') => ({ ...EVENT, id, time: formatInstant(time) });
const AHEAD = at(NOW + DAY_MS + 1);
const { data, ...ATTRIBUTES } = AHEAD;
const BINARY = {
  'content-type': 'application/json',
  ...Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, value]) => [`ce-${name}`, value])),
};

it.each([
  ['one event', AHEAD, { 'content-type': 'application/cloudevents+json' }],
  ['a batch', [AHEAD], { 'content-type': 'application/cloudevents-batch+json' }],
  ['lines', lines(AHEAD), NDJSON],
  ['the binary mode', data, BINARY],
])('in %s, a time further ahead than the limit is rejected and kept with the reason', async (_, payload, headers) => {
  const { post, store } = await startWithLimit();
  const { status, body } = await post(payload, headers as Record<string, string>);
  expect(status).toBe(422);
  expect(body).toMatchObject({
    accepted: 0,
    rejected: 1,
    problems: [{ index: 0, id: 'ahead', code: 'time_in_future', errors: [{ path: 'time' }] }],
  });
  expect(body.problems[0].errors[0].message).toContain('2026-03-02T12:00:00.000Z');
  expect(store.events).toEqual([]);
  expect(store.rejections).toMatchObject([{ code: 'time_in_future', eventId: 'ahead', subject: 'c-1' }]);
});

it('in messages of Kafka too', async () => {
  const { store, latestTime } = await startWithLimit();
  const batch = messageBatch([Buffer.from(JSON.stringify(AHEAD))]);
  const outcome = await acceptEvents({ store, latestTime }, batch, 'kafka:touchstone.events/0/7');
  expect(outcome).toMatchObject({ accepted: 0, problems: [{ code: 'time_in_future' }] });
  expect(store.rejections).toMatchObject([{ code: 'time_in_future', origin: 'kafka:touchstone.events/0/7' }]);
});

it('its neighbours are stored, and the problems keep the order of the events', async () => {
  const { post, store } = await startWithLimit();
  const bad = { ...EVENT, id: 'bad', type: 'other' };
  const { body } = await post([at(NOW, 'now'), AHEAD, at(NOW + DAY_MS, 'edge'), bad, at(NOW + 2 * DAY_MS, 'further')]);
  expect(store.events.map(({ id }) => id)).toEqual(['now', 'edge']);
  expect(body.problems.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
    [1, 'time_in_future'],
    [3, 'unknown_type'],
    [4, 'time_in_future'],
  ]);
});

it('what is promised for later may lie as far ahead as it likes', async () => {
  const { post } = await startWithLimit();
  const data = { promiseId: 'p', dueAt: '2030-01-01T00:00:00Z' };
  const promise = { ...at(NOW), type: 'touchstone.promise.made.v1', data };
  expect((await post(promise)).body).toMatchObject({ accepted: 1, rejected: 0 });
});

it('a retry takes it once its time has come, and not before', async () => {
  const { post, get, store, setNow } = await startWithLimit();
  await post([AHEAD, at(NOW, 'now')]);
  const retry = async () => (await post({}, {}, '/v1/rejected/retry')).body;
  expect(await retry()).toMatchObject({ retried: 1, accepted: 0, rejected: 1 });
  expect((await get('/v1/rejected')).body.items).toMatchObject([{ code: 'time_in_future', eventId: 'ahead' }]);
  setNow(NOW + 1);
  expect(await retry()).toMatchObject({ retried: 1, accepted: 1, rejected: 0 });
  expect((await get('/v1/rejected')).body.items).toEqual([]);
  expect(store.events.map(({ id }) => id)).toEqual(['now', 'ahead']);
});

it('what is stored already stays a duplicate, and with other content a conflict, whatever its time', async () => {
  const { post, store, setNow } = await startWithLimit();
  setNow(NOW + DAY_MS);
  await post(AHEAD);
  setNow(NOW);
  const other = { ...AHEAD, data: { ...AHEAD.data, outcome: 'failed' } };
  const ofAnother = { ...AHEAD, subject: 'c-2' };
  const { body } = await post([AHEAD, other, ofAnother]);
  expect(body).toMatchObject({ accepted: 0, duplicates: 1, conflicts: 1, rejected: 1 });
  expect(body.problems).toMatchObject([
    { index: 1, code: 'conflict' },
    { index: 2, code: 'time_in_future' },
  ]);
  expect(store.events).toHaveLength(1);
});

it('without a limit any time is taken', async () => {
  const { post } = await startIngest({ latestTime: () => null });
  expect((await post(at(Date.parse('2199-01-01T00:00:00Z')))).body).toMatchObject({ accepted: 1 });
});
