import { setTimeout as pause } from 'node:timers/promises';
import { formatInstant } from '@touchstone/journey';
import {
  lastWrittenAt,
  ReadModelError,
  type ReadModels,
  type RebuildClaim,
  type RebuildUnderWay,
  SILENT_MS,
} from '@touchstone/read-models';
import { type Logger, Problem } from '@touchstone/runtime';
import type { ClaimRebuild } from './claim.ts';

/** Several renewals may fail before another process takes over. */
export const RENEW_MS = SILENT_MS / 6;

/** A generation that is not in force and has not been written to for this long is abandoned. */
const ABANDONED_MS = 600_000;

/**
 * The right of one among several processes: a lease in the tables, renewed for as long as this
 * process lives.
 */
export function sharedClaim(readModels: ReadModels, logger: Logger, renewMs: number = RENEW_MS): ClaimRebuild {
  return async () => {
    const asked = await readModels.claimRebuild();
    if ('underWay' in asked) throw elsewhere(asked.underWay);
    const { claim } = asked;
    const losing = new AbortController();
    const releasing = new AbortController();
    const renewing = renewUntil(releasing.signal, claim, { logger, renewMs, onLost: (error) => losing.abort(error) });
    return {
      lost: losing.signal,
      isAbandoned: async ({ number, createdAt }) => {
        if (claim.abandoned.includes(number)) return true;
        const usedAt = Math.max(createdAt, (await lastWrittenAt(readModels.clickhouse, number)) ?? 0);
        return Date.now() - usedAt >= ABANDONED_MS;
      },
      create: claim.create,
      switchFrom: claim.switchFrom,
      release: async () => {
        releasing.abort();
        await renewing;
        await claim.end().catch((error: unknown) => {
          const { generation } = claim;
          logger.warn({ err: error, generation }, `that the rebuild is over could not be noted: ${LATER}`);
        });
      },
    };
  };
}

async function renewUntil(
  released: AbortSignal,
  claim: RebuildClaim,
  {
    logger,
    renewMs,
    onLost,
  }: { readonly logger: Logger; readonly renewMs: number; readonly onLost: (error: ReadModelError) => void },
): Promise<void> {
  for (;;) {
    await pause(renewMs, undefined, { signal: released }).catch(() => undefined);
    if (released.aborted) return;
    try {
      await claim.renew();
    } catch (error) {
      if (error instanceof ReadModelError && error.code === 'fenced') return onLost(error);
      const { generation } = claim;
      logger.warn({ err: error, generation }, 'that the rebuild goes on could not be noted; trying again');
    }
  }
}

const LATER = `others can rebuild in ${SILENT_MS / 1000} s`;

function elsewhere({ generation, since, silentAt }: RebuildUnderWay): Problem {
  const startedAt = formatInstant(since);
  return new Problem(
    'under_way',
    `A rebuild to generation ${generation} is under way in another process, since ${startedAt}: that process tells how far it is (GET /v1/rebuild). ` +
      `Ask again when it is done; if that process is gone, after ${formatInstant(silentAt)}.`,
    { extensions: { generation, startedAt } },
  );
}
