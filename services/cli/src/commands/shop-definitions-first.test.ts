import { type Client, TouchstoneError } from '@touchstone/client';
import { describe, expect, it } from 'vitest';
import { putShopDefinitions } from './shop-definitions-first.ts';

/**
 * A client whose system has these definitions in force, and answers a `PUT` with this state or
 * refuses it with this status.
 */
function systemWith(inForce: readonly string[], answer: string | number, canRead = true) {
  const put: string[] = [];
  const refuse = (status: number) =>
    new TouchstoneError({ title: 'no', status, detail: 'no', code: 'forbidden' }, 'a request');
  const client: Pick<Client, 'get' | 'put'> = {
    get: async () => {
      if (!canRead) throw refuse(403);
      return {
        items: inForce.map((type) => ({ type, version: 1, state: 'in-force', putAt: null, definition: { type } })),
      };
    },
    put: async (path) => {
      if (typeof answer === 'number') throw refuse(answer);
      put.push(path);
      return { version: 1, state: answer };
    },
  };
  return { client: client as Client, put };
}

describe('before the first event of a simulated shop', () => {
  it('what the system has no definition of is put, and what it has is left as it is', async () => {
    const { client, put } = systemWith(['order'], 'in-force');
    expect(await putShopDefinitions(client)).toBeNull();
    expect(put).toEqual(['/v1/definitions/return', '/v1/definitions/support']);
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
