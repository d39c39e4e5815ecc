import { describe, expect, it } from 'vitest';
import { clientOf } from '../../testing/answering-system.ts';
import { putShopDefinitions } from './shop-definitions-first.ts';

/**
 * A client whose system has these definitions in force, and answers a `PUT` with this state or
 * refuses it with this status.
 */
function systemWith(inForce: readonly string[], answer: 'in-force' | 'waiting' | number, canRead = true) {
  const version = (type: string, state: string) => ({ type, version: 1, state, putAt: null, definition: { type } });
  const { client, asked } = clientOf(({ method, path }) => {
    if (method === 'PUT') return typeof answer === 'number' ? answer : version(path.split('/').at(-1)!, answer);
    return canRead ? { items: inForce.map((type) => version(type, 'in-force')) } : 403;
  });
  return { client, put: () => asked.filter(({ method }) => method === 'PUT').map(({ path }) => path) };
}

describe('before the first event of a simulated shop', () => {
  it('what the system has no definition of is put, and what it has is left as it is', async () => {
    const { client, put } = systemWith(['order'], 'in-force');
    expect(await putShopDefinitions(client)).toBeNull();
    expect(put()).toEqual(['/v1/definitions/return', '/v1/definitions/support']);
  });

  it('where they wait for a rebuild, that is said', async () => {
    const missing = await putShopDefinitions(systemWith(['return'], 'waiting').client);
    expect(missing).toMatch(/definitions of order and support wait.*pnpm touchstone rebuild.*count as abandoned/);
  });

  it('a key that may not put them is told what is missing and what comes of it', async () => {
    const missing = await putShopDefinitions(systemWith([], 403).client);
    expect(missing).toMatch(/no definition of order, return and support.*scope admin.*count as abandoned/);
  });

  it('a key that may not even read is told that nothing is known', async () => {
    expect(await putShopDefinitions(systemWith([], 401, false).client)).toContain('is not known');
  });
});
