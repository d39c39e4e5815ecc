import { expect, it } from 'vitest';
import { emptyTail, identityKey, recentTails } from './stream-tails.ts';

const tailOf = (identities: number) => {
  const tail = emptyTail();
  for (let n = 0; n < identities; n++) tail.known.set(`${n}`, { revision: n, digest: '' });
  return tail;
};

it('the streams used last stay known, the others go when there are too many identities', () => {
  const tails = recentTails(100);
  for (const stream of ['a', 'b', 'c']) tails.put(stream, tailOf(30));
  tails.put('a', tailOf(31));
  tails.put('d', tailOf(30));
  expect(['a', 'b', 'c', 'd'].filter((stream) => tails.get(stream))).toEqual(['a', 'c', 'd']);
});

it('a stream larger than all that may be held is known while it is the one in use', () => {
  const tails = recentTails(10);
  tails.put('small', tailOf(2));
  tails.put('large', tailOf(50));
  expect(tails.get('small')).toBeUndefined();
  expect(tails.get('large')?.known.size).toBe(50);
  tails.put('next', tailOf(1));
  expect(tails.get('large')).toBeUndefined();
});

it('what is forgotten no longer counts', () => {
  const tails = recentTails(60);
  tails.put('a', tailOf(50));
  tails.forget('a');
  tails.put('b', tailOf(50));
  tails.put('b', tailOf(51));
  expect(tails.get('a')).toBeUndefined();
  expect(tails.get('b')?.known.size).toBe(51);
});

it('source and id never run together', () => {
  expect(identityKey('/a', 'b/c')).not.toBe(identityKey('/a/b', 'c'));
  expect(identityKey('1:x', 'y')).not.toBe(identityKey('1', ':xy'));
});
