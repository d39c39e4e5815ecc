import { expect, it } from 'vitest';
import { PARSED_LARGE_BYTES_MAX, parsingRoom } from './parsing-room.ts';

const BODY = PARSED_LARGE_BYTES_MAX / 2;

/** Work that lasts until the test ends it, with a record of when it begins. */
function begun() {
  const names: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      names.push(name);
      ends.set(name, resolve);
    });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { names, work, turn, end: (name: string) => ends.get(name)!() };
}

it('two large bodies are parsed at a time, one of each key, and small ones wait for none of them', async () => {
  const { within } = parsingRoom();
  const { names, work, turn, end } = begun();
  const done = [
    within(BODY, 'a', work('a1')),
    within(BODY, 'a', work('a2')),
    within(BODY, 'b', work('b1')),
    within(BODY, 'c', work('c1')),
    within(1000, 'a', work('small')),
  ];
  await turn();
  expect(names).toEqual(['a1', 'b1', 'small']);
  end('a1');
  await done[0];
  await turn();
  expect(names).toEqual(['a1', 'b1', 'small', 'a2']);
  for (const name of ['b1', 'a2', 'small']) end(name);
  await Promise.all([done[1], done[2], done[4]]);
  await turn();
  end('c1');
  await Promise.all(done);
});

it('what fails gives its room back', async () => {
  const { within } = parsingRoom();
  const fails = within(BODY, 'a', async () => {
    throw new Error('no JSON');
  });
  await expect(fails).rejects.toThrow('no JSON');
  await expect(within(BODY, 'a', async () => 'done')).resolves.toBe('done');
});
