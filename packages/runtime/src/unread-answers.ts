import type { FastifyInstance, FastifyReply } from 'fastify';
import { callerName } from './access.ts';
import { type Holding, inFlight } from './in-flight.ts';

/** Upper limit of the characters of answers that callers have not received yet. */
export const ANSWERS_UNREAD_MAX = 128 * 1024 * 1024;

/** Shorter answers do not count: the system's buffers for the connection take them at once. */
const COUNTED_LENGTH_LEAST = 64 * 1024;

/**
 * Limits the memory of answers whose callers read slowly or not at all. Beyond it a caller gets 503
 * with `Retry-After` in place of a long answer; one caller gets half of it at most.
 */
export function limitUnreadAnswers(app: FastifyInstance, max = ANSWERS_UNREAD_MAX): void {
  const unread = inFlight(max, 'characters of unread answers');
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length < COUNTED_LENGTH_LEAST) return payload;
    const room = unread.hold(callerName(request));
    holdUntilSent(reply, room, payload.length);
    return payload;
  });
}

/**
 * Holds room for an answer until it is sent or its caller has left.
 * @throws Problem (503) without room.
 */
export function holdUntilSent(reply: FastifyReply, room: Holding, amount: number): void {
  reply.raw.once('finish', room.release).once('close', room.release);
  room.set(amount);
}
