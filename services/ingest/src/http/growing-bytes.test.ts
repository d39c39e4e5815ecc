import { expect, it } from 'vitest';
import { growingBytes } from './growing-bytes.ts';

it('a hundred thousand pieces of one byte take a buffer of their bytes, allocated a few times', () => {
  const allocated: number[] = [];
  const bytes = growingBytes(1_000_000, (capacity) => allocated.push(capacity));
  for (let i = 0; i < 100_000; i++) bytes.add(Uint8Array.of(i % 251));
  expect(allocated).toEqual([16_384, 32_768, 65_536, 131_072]);
  const taken = bytes.take();
  expect([taken.length, taken[0], taken[99_999]]).toEqual([100_000, 0, 99_999 % 251]);
  expect([bytes.allocated, bytes.length]).toEqual([0, 0]);
});

it('no more is allocated than may come at most', () => {
  const allocated: number[] = [];
  const bytes = growingBytes(20_000, (capacity) => allocated.push(capacity));
  bytes.add(Buffer.alloc(10_000, 1));
  bytes.add(Buffer.alloc(10_000, 2));
  expect(allocated).toEqual([16_384, 20_000]);
  expect(bytes.take().equals(Buffer.concat([Buffer.alloc(10_000, 1), Buffer.alloc(10_000, 2)]))).toBe(true);
});

it('where more is refused, what had come is still there', () => {
  const bytes = growingBytes(100_000, (capacity) => {
    if (capacity > 20_000) throw new Error('no room');
  });
  bytes.add(Buffer.from('kept'));
  expect(() => bytes.add(Buffer.alloc(50_000))).toThrow('no room');
  expect(bytes.take().toString()).toBe('kept');
});
