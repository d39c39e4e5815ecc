import type { EventStore } from '@touchstone/event-store';
import { formatInstant, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import { followedStream } from '../ledgers/followed-stream.ts';
import { ownEvent } from '../ledgers/own-events.ts';
import type { Target } from './target.ts';

/** The outcome of sending a message once: `retrying` is followed by another attempt. */
export const attemptOutcomes = ['sent', 'retrying', 'failed'] as const;

/** A message that a target did not take; times in ms since 1970. */
export interface FailedSending {
  readonly messageId: string;
  /** When its alert was told. */
  readonly toldAt: number;
  readonly attempts: number;
  readonly lastAt: number;
  readonly reason: string;
}

/** How far a target has been told, and how well. */
export interface TargetSendings {
  readonly sent: number;
  readonly lastSentAt: number | null;
  readonly retrying: FailedSending | null;
  readonly failures: number;
  /** The last of them, the newest first. */
  readonly failed: readonly FailedSending[];
  /** The last message that was sent or has failed; null before the first. */
  readonly doneTo: string | null;
}

export interface Attempt {
  readonly messageId: string;
  readonly toldAt: number;
  /** 1, 2, 3 … of the message. */
  readonly attempt: number;
  readonly at: number;
  /** Null if the target took it. */
  readonly reason: string | null;
  readonly outcome: (typeof attemptOutcomes)[number];
}

/**
 * Attempts to send messages, as facts in a stream of the log: neither addresses nor secrets are in
 * them. So all processes show them, and whoever takes over goes on where the one before was.
 */
export interface SendingsLedger {
  of(target: Pick<Target, 'id'>): Promise<TargetSendings>;
  record(target: Pick<Target, 'id' | 'name'>, attempt: Attempt): Promise<void>;
}

/** Failed messages of a target that its answer lists. */
export const FAILED_LISTED_MAX = 100;

const SENDINGS_STREAM = 'target-sendings';
const TYPE = 'touchstone.target.attempted.v1';
const SOURCE = 'urn:touchstone:targets';

const NOTHING_SENT: TargetSendings = {
  sent: 0,
  lastSentAt: null,
  retrying: null,
  failures: 0,
  failed: [],
  doneTo: null,
};

const attempted = z.object({
  type: z.literal(TYPE),
  data: z.object({
    targetId: z.string(),
    messageId: z.string(),
    toldAt: z.string().transform((text) => parseInstant(text)!),
    attempt: z.number(),
    outcome: z.enum(attemptOutcomes),
    reason: z.string().nullable(),
  }),
});

export function sendingsLedger(store: EventStore): SendingsLedger {
  const byTarget = new Map<string, TargetSendings>();
  const of = (id: string) => byTarget.get(id) ?? NOTHING_SENT;
  const readNews = followedStream(store, SENDINGS_STREAM, attempted, {
    take: ({ data: { targetId, ...attempt }, event }) =>
      byTarget.set(targetId, after(of(targetId), { ...attempt, at: event.time })),
    forget: () => byTarget.clear(),
  });
  return {
    async of({ id }) {
      await readNews();
      return of(id);
    },
    async record({ id: targetId, name: target }, { at, toldAt, ...attempt }) {
      const id = `${targetId}/${attempt.messageId}/${attempt.attempt}`;
      const data = { target, targetId, ...attempt, toldAt: formatInstant(toldAt) };
      await store.append([ownEvent(SENDINGS_STREAM, { source: SOURCE, type: TYPE, id, at, data })]);
    },
  };
}

function after(before: TargetSendings, { messageId, toldAt, attempt, at, outcome, reason }: Attempt): TargetSendings {
  if (outcome === 'sent') {
    return { ...before, sent: before.sent + 1, lastSentAt: at, retrying: null, doneTo: messageId };
  }
  const failure = { messageId, toldAt, attempts: attempt, lastAt: at, reason: reason ?? '' };
  if (outcome === 'retrying') return { ...before, retrying: failure };
  return {
    ...before,
    retrying: null,
    failures: before.failures + 1,
    failed: [failure, ...before.failed].slice(0, FAILED_LISTED_MAX),
    doneTo: messageId,
  };
}
