import { setTimeout as pause } from 'node:timers/promises';
import { formatInstant } from '@touchstone/journey';
import {
  ReadModelError,
  type ReadModels,
  type RebuildClaim,
  type RebuildUnderWay,
  SILENT_MS,
} from '@touchstone/read-models';
import { type Logger, Problem } from '@touchstone/runtime';

/** The lease to rebuild, renewed for as long as this process lives. */
export interface HeldRebuild {
  readonly claim: RebuildClaim;
  /** Aborts with the reason once another process has taken the lease over. */
  readonly lost: AbortSignal;
  /** Never rejects: a lease that cannot be returned expires by itself. */
  release(): Promise<void>;
}

/** Several renewals may fail before another process takes over. */
export const RENEW_MS = SILENT_MS / 6;

/** @throws Problem `under_way` while another process rebuilds. */
export async function holdRebuild(
  readModels: ReadModels,
  logger: Logger,
  renewMs: number = RENEW_MS,
): Promise<HeldRebuild> {
  const asked = await readModels.claimRebuild();
  if ('underWay' in asked) throw elsewhere(asked.underWay);
  const { claim } = asked;
  const { generation } = claim;
  const losing = new AbortController();
  const releasing = new AbortController();

  async function renewAgainAndAgain(): Promise<void> {
    for (;;) {
      await pause(renewMs, undefined, { signal: releasing.signal }).catch(() => undefined);
      if (releasing.signal.aborted) return;
      try {
        await claim.renew();
      } catch (error) {
        if (error instanceof ReadModelError && error.code === 'fenced') return losing.abort(error);
        logger.warn({ err: error, generation }, 'that the rebuild goes on could not be noted; trying again');
      }
    }
  }

  const renewing = renewAgainAndAgain();
  return {
    claim,
    lost: losing.signal,
    release: async () => {
      releasing.abort();
      await renewing;
      await claim.end().catch((error: unknown) => {
        logger.warn({ err: error, generation }, `that the rebuild is over could not be noted: ${LATER}`);
      });
    },
  };
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
