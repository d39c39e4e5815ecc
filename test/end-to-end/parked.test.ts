import { type Upcaster, upcasters } from '@touchstone/journey';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestSystem, type TestSystem } from '../../services/query/testing/start-test-system.ts';
import { runCommand } from './run-command.ts';

/**
 * Retries parked events by the command line. The projector runs in this process, so that the test
 * can teach it to read them.
 */
const TYPE = 'touchstone.shopping.done.v1';

let system: TestSystem;
let url: string;

beforeAll(async () => {
  system = await startTestSystem([]);
  url = await system.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => system?.stop());

const touchstone = (...args: string[]) => runCommand(args, { TOUCHSTONE_URL: url });

test('what is parked is listed, tried again, and told of, whether it can be taken now or not', async () => {
  expect(await touchstone('parked')).toMatchObject({ code: 0, out: 'Nothing is parked.\n' });
  expect(await touchstone('parked', '--retry')).toMatchObject({ code: 0, out: 'Nothing is parked.\n' });
  const done = (customer: string) => ({ customer, at: '2026-03-01T09:30:00.000Z', type: TYPE, data: { sum: 3 } });
  await system.publish([
    done('ada'),
    done('ben\u001b[31m'),
    { ...done('cleo'), type: 'touchstone.weather.changed.v1' },
  ]);

  const listed = await touchstone('parked');
  expect(listed).toMatchObject({ code: 0, err: '' });
  expect(listed.out).toMatch(/position +customer +type +error\n +\d+ +ada +touchstone\.shopping\.done\.v1 +the stored/);
  expect(listed.out).not.toContain('\u001b');
  const [first, second, third] = listed.out.match(/^ *\d+/gm)!.map((position) => position.trim());

  const inVain = await touchstone('parked', '--retry', first!);
  expect(inVain.code).toBe(2);
  expect(inVain.out).toMatch(/^0 of 1 were taken; still parked:\n/);
  expect(inVain.out).not.toContain('cleo');

  const step: Upcaster = ({ sum }) => ({ type: 'touchstone.purchase.made.v1', data: { amount: sum, currency: 'EUR' } });
  (upcasters as Map<string, Upcaster>).set(TYPE, step);
  onTestFinished(() => void (upcasters as Map<string, Upcaster>).delete(TYPE));
  const one = await touchstone('parked', '--retry', first!, '--json');
  expect(one.code).toBe(0);
  expect(JSON.parse(one.out)).toMatchObject({ asked: 1, taken: [first], parked: [] });
  const rest = await touchstone('parked', '--retry');
  expect(rest.code).toBe(2);
  expect(rest.out).toMatch(new RegExp(`^1 of 2 were taken; still parked:\\n.*\\n +${third} +cleo`));

  const gone = await touchstone('parked', '--retry', second!, 'x');
  expect(gone.code).toBe(1);
  expect(gone.err).toContain('must be the position of a parked event');
  const unknown = await touchstone('parked', '--retry', second!);
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining(`${second} is not parked`) });
}, 180_000);
