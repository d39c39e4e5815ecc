import { setImmediate as nextRound } from 'node:timers/promises';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { BEGUN_IN_ROUND, takeTurnsByAddress } from './request-turns.ts';

async function start() {
  const app = fastify();
  onTestFinished(() => app.close());
  takeTurnsByAddress(app);
  let round = 0;
  let isOver = false;
  const begun: { readonly address: string; readonly round: number }[] = [];
  app.get('/', async ({ ip }) => {
    begun.push({ address: ip, round });
    return ip;
  });
  await app.ready();
  const rounds = (async () => {
    for (; !isOver; round++) await nextRound();
  })();
  onTestFinished(async () => {
    isOver = true;
    await rounds;
  });
  const ask = (remoteAddress: string) => app.inject({ url: '/', remoteAddress });
  return { ask, begun };
}

test('many requests of one address begin a few in each round, in their order, and all are answered', async () => {
  const { ask, begun } = await start();
  const many = 5 * BEGUN_IN_ROUND;
  const answers = await Promise.all(Array.from({ length: many }, () => ask('192.0.2.1')));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(many).fill(200));
  const counts = new Map<number, number>();
  for (const { round } of begun) counts.set(round, (counts.get(round) ?? 0) + 1);
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(2 * BEGUN_IN_ROUND);
  expect(counts.size).toBeGreaterThanOrEqual(3);
});

test('a request of another address does not wait for them', async () => {
  const { ask, begun } = await start();
  const many = Array.from({ length: 5 * BEGUN_IN_ROUND }, () => ask('192.0.2.1'));
  await Promise.all([...many, ask('192.0.2.2')]);
  const other = begun.findIndex(({ address }) => address === '192.0.2.2');
  expect(other).toBeLessThan(2 * BEGUN_IN_ROUND + 1);
});
