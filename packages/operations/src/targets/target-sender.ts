import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@touchstone/async';
import type { EventStore } from '@touchstone/event-store';
import { ALERTS_STREAM, DAY_MS } from '@touchstone/journey';
import type { Logger } from '@touchstone/runtime';
import { alertMessage } from './alert-message.ts';
import { type SendOptions, sendMessage } from './send-message.ts';
import { type Attempt, type SendingsLedger, sendingsLedger, type TargetSendings } from './sendings-ledger.ts';
import type { Target } from './target.ts';
import type { TargetRegistry } from './target-registry.ts';
import { type ToldAlert, toldAlerts } from './told-alerts.ts';

/** How long a message is sent again, from the time at which its alert was told. */
export const SENDING_AGAIN_MAX_MS = DAY_MS;

/** Waits between attempts. */
const SEND_AGAIN = { firstMs: 5_000, longestMs: 3_600_000 };
const RECORD_AGAIN = { firstMs: 200, longestMs: 10_000 };

export interface TargetSenderOptions extends Omit<SendOptions, 'signal'> {
  readonly store: EventStore;
  readonly targets: Pick<TargetRegistry, 'list'>;
  readonly logger: Logger;
  /** Whether this process is the one of all that judges and sends. */
  readonly isOurs: () => Promise<boolean>;
  /** For tests: other waits between attempts. */
  readonly sendAgain?: typeof SEND_AGAIN | undefined;
}

/** Sends alerts to targets: to each one message after the other, in the order of the log. */
export interface TargetSender {
  /** Begins every sending that is due, and does not wait for its end. */
  look(): Promise<void>;
  /** Resolves once nothing is in flight. */
  settled(): Promise<void>;
  /** Gives up what is in flight; the process that takes over sends it again. */
  stop(): Promise<void>;
}

export function targetSender(options: TargetSenderOptions): TargetSender {
  const { store, targets, logger, isOurs, now } = options;
  const told = toldAlerts(store);
  const sendings = sendingsLedger(store);
  const schedule = attemptSchedule(options.sendAgain);
  const stopping = new AbortController();
  const { signal } = stopping;
  const inFlight = new Map<string, Promise<void>>();

  async function begin(target: Target): Promise<void> {
    const before = await sendings.of(target);
    const message = await told.nextFor(target, before.doneTo);
    if (message === undefined || schedule.nextAt(target, message, before) > now() || signal.aborted) return;
    const sending = attemptOnce(target, message, before, { ...options, sendings, signal })
      .catch((error: unknown) => logger.warn({ err: error, target: target.name }, 'an alert could not be sent'))
      .finally(() => inFlight.delete(target.id));
    inFlight.set(target.id, sending);
  }

  return {
    async look() {
      if (signal.aborted || !(await isOurs())) return;
      const all = await targets.list();
      if (all.length === 0) return;
      await told.read();
      for (const target of all) if (!inFlight.has(target.id)) await begin(target);
    },
    settled: async () => void (await Promise.all(inFlight.values())),
    async stop() {
      stopping.abort();
      await Promise.all(inFlight.values());
    },
  };
}

/** When each message that was not taken is sent again. */
function attemptSchedule(sendAgain = SEND_AGAIN) {
  const planned = new Map<string, { readonly messageId: string; readonly attempts: number; readonly at: number }>();
  return {
    /** The time of the next attempt, ms; a target that was put since the last does not wait. */
    nextAt({ id, putAt }: Target, message: ToldAlert, { retrying }: TargetSendings): number {
      if (retrying === null || retrying.messageId !== message.id || putAt > retrying.lastAt) return 0;
      const { messageId, attempts, lastAt } = retrying;
      const known = planned.get(id);
      if (known?.messageId === messageId && known.attempts === attempts) return known.at;
      const waited = lastAt + backoffMs(attempts - 1, sendAgain);
      // The last attempt is at the end of the time, not behind it.
      const at = Math.min(waited, message.recordedAt + SENDING_AGAIN_MAX_MS);
      planned.set(id, { messageId, attempts, at });
      return at;
    },
  };
}

interface AttemptParts extends TargetSenderOptions {
  readonly sendings: SendingsLedger;
  readonly signal: AbortSignal;
}

async function attemptOnce(
  target: Target,
  told: ToldAlert,
  before: TargetSendings,
  parts: AttemptParts,
): Promise<void> {
  const { store, now, signal, logger } = parts;
  const { id: messageId, position, recordedAt, news } = told;
  const [event] = await store.readStream(ALERTS_STREAM, { after: position - 1n, upTo: position });
  if (event === undefined) return;
  const reason = (await sendMessage(target, alertMessage(target, event, news), parts)) ?? null;
  // A sending that a stop broke off counts for nothing.
  if (signal.aborted && reason !== null) return;
  const at = now();
  const attempt = (before.retrying?.messageId === messageId ? before.retrying.attempts : 0) + 1;
  const isOver = at - recordedAt >= SENDING_AGAIN_MAX_MS;
  const outcome = reason === null ? 'sent' : isOver ? 'failed' : 'retrying';
  if (reason !== null) {
    logger.warn({ target: target.name, messageId, attempt, outcome, reason }, 'a target did not take an alert');
  }
  await recordAtLast(target, { messageId, toldAt: recordedAt, attempt, at, reason, outcome }, parts);
}

/** Tries until the log has it, because the message would be sent again otherwise. */
async function recordAtLast(target: Target, attempt: Attempt, parts: AttemptParts): Promise<void> {
  const { sendings, signal, logger } = parts;
  for (let failures = 0; ; failures++) {
    try {
      return await sendings.record(target, attempt);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error, target: target.name }, 'the sending of an alert could not be recorded; trying again');
      await pause(backoffMs(failures, RECORD_AGAIN), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
