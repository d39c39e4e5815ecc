import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreError, LOG_PATIENCE_MS } from '@touchstone/event-store';
import { Problem } from '@touchstone/runtime';
import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import { z } from 'zod';
import { assertShown } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { readLag } from './lag.ts';

const HEADER = 'touchstone-after';
const PATIENCE_MS = 5000;
/** Longest wait for what fell due if the caller named a position, and so wants to see all of it. */
const SETTLING_PATIENCE_MS = 30_000;

const UINT64_MAX = 18_446_744_073_709_551_615n;
const position = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt)
  .refine((value) => value <= UINT64_MAX);

/**
 * Holds a request with `Touchstone-After` until the read model has reached that position.
 * @throws Problem 400 for no position, 409 for one beyond the end of the log, 503 with the lag
 * after 5 s.
 */
export function waitForPosition(deps: QueryDeps): preHandlerAsyncHookHandler {
  const wait = waitUntilReached(deps);
  return async (request) => {
    await assureLog(deps);
    await wait(request);
  };
}

/**
 * Longest wait for `assureLog`: a log that cannot be read for so long was not restored from a
 * backup, so the rows still belong to it.
 */
const ASSURE_MS = LOG_PATIENCE_MS;

async function assureLog(deps: QueryDeps): Promise<void> {
  if (deps.assureLog === undefined) return;
  const over = new AbortController();
  const late = pause(ASSURE_MS, undefined, { signal: over.signal, ref: false });
  await Promise.race([deps.assureLog(), late]).catch(() => undefined);
  late.catch(() => undefined);
  over.abort();
}

function waitUntilReached(deps: QueryDeps) {
  return async (request: FastifyRequest) => {
    const given = request.headers[HEADER];
    if (given === undefined) return;
    const parsed = position.safeParse(given);
    if (!parsed.success) {
      throw faulty(
        `must be a log position, as publishing answered it, e.g. 18231; it is ${JSON.stringify(given).slice(0, 80)}`,
      );
    }
    const wanted = parsed.data;
    if (wanted <= deps.progress.projected()) return;
    await assertInLog(deps, wanted);
    if (await deps.progress.reached(wanted, deps.patienceMs ?? PATIENCE_MS)) return;
    const projected = deps.progress.projected();
    const lagMs = await readLag(deps.store, projected);
    throw new Problem(
      'read_model_behind',
      `The read model has come to ${projected} of ${wanted}; it is ${lagMs} ms behind. Ask again in a moment.`,
      { headers: { 'retry-after': '1' }, extensions: { projected: String(projected), wanted: String(wanted), lagMs } },
    );
  };
}

/** The position that an accepted request has waited for; 0 if none. */
export function askedAfter(headers: IncomingHttpHeaders): bigint {
  const given = headers[HEADER];
  return given === undefined ? 0n : position.parse(given);
}

/**
 * A position beyond the end belongs to another log, or is made up: to wait for it would be in vain.
 */
async function assertInLog({ store }: QueryDeps, wanted: bigint): Promise<void> {
  const end = await store.head();
  if (wanted <= end) return;
  throw new Problem('position_beyond_log', `The log ends at ${end}: no publishing here was answered with ${wanted}.`, {
    errors: [{ path: 'Touchstone-After', message: `lies beyond the end of the log, ${end}` }],
    extensions: { end: String(end), wanted: String(wanted) },
  });
}

/**
 * Hooks of every route over many customers: they wait for the position asked for, and what fell
 * due.
 */
export function waitForLists(deps: QueryDeps): preHandlerAsyncHookHandler[] {
  // Checked first, so that no request waits for rows that may not be shown.
  const assertShownFirst = async () => {
    await assureLog(deps);
    assertShown(deps);
  };
  return [assertShownFirst, waitUntilReached(deps), waitUntilSettled(deps)];
}

/**
 * Header of an answer that shows some customers as they were before something fell due for them.
 */
const SETTLING_HEADER = 'touchstone-settling';

/**
 * Holds a request over many customers until nothing is overdue, if that takes a moment; a caller
 * that named a position waits longer. After that the answer shows the rows as they are, and says in
 * `touchstone-settling` that some customers are shown before what fell due for them.
 */
function waitUntilSettled({ progress, patienceMs }: QueryDeps): preHandlerAsyncHookHandler {
  return async (request, reply) => {
    const hasAsked = request.headers[HEADER] !== undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), patienceMs ?? (hasAsked ? SETTLING_PATIENCE_MS : PATIENCE_MS));
    });
    const settled = hasAsked ? progress.settled().then(() => true) : progress.settledSoon();
    try {
      if (!(await Promise.race([settled.catch(isOverdueWhileAway), late]))) reply.header(SETTLING_HEADER, 'true');
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * False if the log is unavailable, since deadlines cannot be announced then; throws other errors.
 */
function isOverdueWhileAway(error: unknown): false {
  if (error instanceof EventStoreError && error.code === 'unavailable') return false;
  throw error;
}

function faulty(message: string): Problem {
  return new Problem('invalid_query', `The header Touchstone-After ${message}`, {
    errors: [{ path: 'Touchstone-After', message }],
  });
}
