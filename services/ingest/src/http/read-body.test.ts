import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate as nextRound } from 'node:timers/promises';
import { inFlight } from '@touchstone/runtime';
import { expect, test } from 'vitest';
import { readBody } from './read-body.ts';

const PIECE = Buffer.alloc(64 * 1024, 'x');
const BYTES_MAX = 16 * 1024 * 1024;

test('of bodies that have all arrived little is read in each round of the event loop, however many they are', async () => {
  let inRound = 0;
  let most = 0;
  let isOver = false;
  const rounds = (async () => {
    for (; !isOver; inRound = 0) await nextRound();
  })();
  const body = () => {
    let left = 100;
    const read = function (this: Readable) {
      inRound += PIECE.length;
      most = Math.max(most, inRound);
      this.push(left-- > 0 ? PIECE : null);
    };
    return Object.assign(new Readable({ read }), { headers: {} }) as unknown as IncomingMessage;
  };
  const room = inFlight(256 * 1024 * 1024, 'bytes');
  const read = await Promise.all(Array.from({ length: 10 }, () => readBody(body(), BYTES_MAX, room.hold())));
  isOver = true;
  await rounds;
  expect(read.map(({ length }) => length)).toEqual(Array(10).fill(100 * PIECE.length));
  // The beginning of each is read at once.
  expect(most).toBeLessThan(10 * 8 * PIECE.length);
});
