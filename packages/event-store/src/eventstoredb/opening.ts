import { randomUUID } from 'node:crypto';
import { EventStoreError } from '../port.ts';
import { type Connection, lastOf } from './connection.ts';
import { EventStoreDbFailure } from './failure.ts';

const OLDEST = { major: 22, minor: 10 };
const FIRST_TO_SAY_CAUGHT_UP = { major: 23, minor: 10 };

/**
 * Checks a server before use: its version, that we may write and read, and that its clock, which
 * stamps every event, agrees with ours. Writes one small event and returns whether the server
 * announces that a subscription has caught up.
 */
export async function checkServer(
  connection: Connection,
  clockStream: string,
  clockSkewMaxMs: number,
  warn: (what: string) => void,
): Promise<boolean> {
  const version = await connection.serverVersion();
  if (!isAtLeast(version, OLDEST)) {
    throw new EventStoreError(
      'refused',
      `EventStoreDB ${version} is too old or does not say its version: 22.10 or newer is needed`,
    );
  }
  const saysCaughtUp = isAtLeast(version, FIRST_TO_SAY_CAUGHT_UP);
  if (!saysCaughtUp)
    warn(`EventStoreDB ${version} does not say when a reader has caught up: it is found out by reading; 23.10 does`);
  await checkClock(connection, clockStream, clockSkewMaxMs, warn);
  return saysCaughtUp;
}

async function checkClock(
  connection: Connection,
  clockStream: string,
  clockSkewMaxMs: number,
  warn: (what: string) => void,
): Promise<void> {
  const { sentAt, answeredAt, createdAt } = await probe(connection, clockStream);
  // The write happened somewhere between the two times, so only a stamp outside of them is skew.
  const skewMs = createdAt > answeredAt ? createdAt - answeredAt : Math.min(0, createdAt - sentAt);
  if (Math.abs(skewMs) <= 1_000) return;
  const what = `The clock of EventStoreDB is ${Math.abs(skewMs)} ms ${skewMs > 0 ? 'ahead of' : 'behind'} ours`;
  if (Math.abs(skewMs) > clockSkewMaxMs) {
    throw new EventStoreError('refused', `${what}, more than ${clockSkewMaxMs} ms: set both by NTP`);
  }
  warn(`${what}; events are stamped by it`);
}

/**
 * Appends a probe. If another process probes at the same moment, the expected revision is wrong and
 * the next attempt uses the new one.
 */
async function probe(
  connection: Connection,
  stream: string,
): Promise<{ sentAt: number; answeredAt: number; createdAt: number }> {
  for (let attempt = 0; ; attempt++) {
    const last = await lastOf(connection, stream);
    const event = { eventId: randomUUID(), type: 'probe', data: Buffer.from('{}'), metadata: new Uint8Array() };
    const sentAt = Date.now();
    try {
      const { revision } = await connection.append(stream, last?.revision ?? -1, [event]);
      const answeredAt = Date.now();
      const [written] = (await connection.collect({ stream, from: revision, count: 1 })) ?? [];
      if (written) return { sentAt, answeredAt, createdAt: written.createdAt };
    } catch (error) {
      if (!(error instanceof EventStoreDbFailure) || error.kind !== 'conflict' || attempt > 20) throw error;
    }
    await connection.backOff(attempt);
  }
}

function isAtLeast(version: string, least: { readonly major: number; readonly minor: number }): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > least.major || (Number(major) === least.major && Number(minor) >= least.minor);
}
