import { announceTo } from '@touchstone/clock';
import type { EventBus } from '@touchstone/event-bus';
import type { EventStore } from '@touchstone/event-store';
import type { ClockKind, Definition } from '@touchstone/journey';
import { encodeInForce, type GenerationWatch, verifications, WORDS } from '@touchstone/operations';
import type { StartFold } from '@touchstone/projection';
import { followLanes, type LaneProjectors, type Target } from '@touchstone/projector';
import { ReadModelError, type ReadModels } from '@touchstone/read-models';
import { Gauge, type Logger, type ReadinessCheck, type Registry } from '@touchstone/runtime';
import { type Flow, flow } from '../flow.ts';

export interface FollowTopicOptions {
  readonly bus: EventBus;
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly watch: GenerationWatch;
  /** Where events are folded. */
  readonly startFold?: StartFold | undefined;
  /** The newest version of each definition, with which the first generation is measured. */
  readonly definitions: () => Promise<readonly Definition[]>;
  readonly clockKind: ClockKind;
  readonly logger: Logger;
  readonly metrics: Registry;
}

export interface Projecting extends Flow {
  readonly checks: readonly ReadinessCheck[];
}

/** Projects this process's partitions of the log into the generation in force, until stopped. */
export function followTopic(options: FollowTopicOptions): Projecting {
  const { bus, store, readModels, watch, logger } = options;
  let projectors: LaneProjectors | undefined;
  const health = verifyOnce(readModels, logger);
  const measured = laneMetrics(options.metrics, () => projectors);

  const target = async (mayCreateFirst: boolean): Promise<Target> => {
    if (watch.current() === null) await watch.look();
    if (watch.current() === null && mayCreateFirst) await createFirst(options);
    if (watch.whose() !== 'ours') throw new ReadModelError('unavailable', WORDS[watch.whose()]);
    const inForce = watch.inForce();
    if (mayCreateFirst) health.verify(inForce.generation, watch.engineStarts());
    return inForce;
  };
  const projecting = flow('projector', logger, (signal, onState) => {
    projectors = followLanes({
      bus,
      store,
      readModels,
      target,
      startFold: options.startFold,
      announce: async (announcements) => void (await announceTo(store, announcements, false)),
      logger,
      signal,
      onState,
      onProgress: measured.onProgress,
    });
    return projectors.ended;
  });
  const lanes: ReadinessCheck = {
    name: 'lanes',
    run: () => {
      const fault = projectors?.fault() ?? null;
      return fault === null ? undefined : `stands still: ${fault instanceof Error ? fault.message : String(fault)}`;
    },
  };
  return { ...projecting, checks: [projecting.check, lanes, health.check] };
}

/**
 * The owner of partition 0 creates the first generation, so that one process does. If two processes
 * believe they own it, each creates one, and the last switch counts.
 */
async function createFirst(options: FollowTopicOptions): Promise<void> {
  const { store, readModels, watch, logger } = options;
  const first = await readModels.createGeneration(await encodeInForce(options), await store.identity());
  await readModels.switchTo(first.number);
  logger.info({ generation: first.number }, 'the first generation of the read model was created');
  await watch.look();
  if (watch.current() === null) throw new ReadModelError('unavailable', 'the generation just created is not seen yet');
}

/**
 * While lanes write, rows stand beyond their checkpoints. The verification tries this many times,
 * with this pause between, to find each lane at rest once.
 */
const HOLDING = { tries: 30, againMs: 2_000 };

/**
 * Verifies each generation once since the server started, concurrently with the projection, because
 * a server that lost power may have lost rows or detached parts. Other processes learn the result
 * from the tables.
 */
function verifyOnce(readModels: ReadModels, logger: Logger) {
  let verified = '';
  let fault: string | undefined;

  async function hold(generation: number, verifying: string): Promise<void> {
    for await (const { isWhole, faults, heldFrom } of verifications(readModels, generation, HOLDING)) {
      if (verified !== verifying) return;
      if (!isWhole) {
        fault = `does not hold what was written: ${faults.join('; ')}`;
        logger.error({ generation, faults }, 'the read model does not hold what was written');
        return readModels.distrust(generation, faults.join('; '));
      }
      fault = undefined;
      if (heldFrom === null) return;
    }
    logger.info(
      { generation, tries: HOLDING.tries },
      'some lanes were never at rest, so that their rows could not be held to their checkpoints',
    );
  }

  return {
    verify(generation: number, engineStarts: number): void {
      const verifying = `${generation} since start ${engineStarts}`;
      if (verified === verifying) return;
      verified = verifying;
      hold(generation, verifying).catch((error: unknown) => {
        verified = '';
        logger.warn({ err: error, generation }, 'whether the read model is whole could not be asked');
      });
    },
    check: { name: 'read model is whole', run: () => fault } satisfies ReadinessCheck,
  };
}

function laneMetrics(registry: Registry, projectors: () => LaneProjectors | undefined) {
  const registers = [registry];
  const lags = new Map<number, number>();
  new Gauge({
    name: 'touchstone_lane_lag_messages',
    help: 'Messages that a partition of touchstone.log still holds behind the last one that this process projected.',
    labelNames: ['partition'],
    registers,
    collect() {
      this.reset();
      // The lag of a partition that another process owns by now is reported there.
      for (const { partition } of projectors()?.lanes() ?? []) {
        const lag = lags.get(partition);
        if (lag !== undefined) this.set({ partition }, lag);
      }
    },
  });
  new Gauge({
    name: 'touchstone_lane_position',
    help: 'Position of the log up to which this process has projected a partition of touchstone.log.',
    labelNames: ['partition'],
    registers,
    collect() {
      this.reset();
      const lanes = projectors()?.lanes() ?? [];
      for (const { partition, position } of lanes) this.set({ partition }, Number(position));
    },
  });
  return {
    onProgress: (progress: { readonly partition: number; readonly lag: bigint }): void => {
      lags.set(progress.partition, Number(progress.lag));
    },
  };
}
