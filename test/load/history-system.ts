import { setTimeout as pause } from 'node:timers/promises';
import { memoryMb, projected, request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { inBoth, medianMs } from './measure.ts';
import type { SampleCloudEvent } from './sample-events.ts';

/** Requests of 500 events per round, and how many run concurrently. */
const REQUESTS = 80;
const EVENTS_PER_REQUEST = 500;
const CONNECTIONS = 8;
/**
 * Pause after a load until its merges are over, so that the next variant's queries do not pay for
 * them.
 */
const CALM_MS = 1000;

/** A system's log: its folder, and customers who have not been read yet. */
export interface HeldLog {
  readonly folder: string;
  /** Ids of the next `count` customers of a kind. */
  next(kind: string, count: number): readonly string[];
}

/**
 * Runs the whole system over each of two logs, with everything projected, and measures both in
 * turn: µs per answer of `GET /v1/customers/{id}`, and per event that is published, stored and
 * projected. Reports the memory of each too, MB.
 */
export async function systemTimes(
  short: HeldLog,
  long: HeldLog,
  options: {
    readonly kinds: readonly string[];
    readonly rounds: number;
    readonly answers: number;
    /** Returns other events on each call. */
    readonly events: (count: number) => readonly SampleCloudEvent[];
  },
): Promise<{ readonly times: Record<string, readonly [number, number]>; readonly memory: readonly [number, number] }> {
  const { kinds, rounds, answers, events } = options;
  const systems: SystemProcess[] = [];
  const over = async ({ folder, next }: HeldLog) => {
    const system = await startSystem(folder, { LOG_LEVEL: 'info' });
    systems.push(system);
    await projected(system, 1_800_000);
    return { system, next };
  };
  type System = Awaited<ReturnType<typeof over>>;
  try {
    // One after the other, so that neither competes for the cores; a log of this length takes
    // minutes.
    const [overShort, overLong] = [await over(short), await over(long)];
    const operations: Record<string, (log: System) => Promise<number>> = {};
    for (const kind of kinds)
      operations[`answer about a customer, ${kind}`] = ({ system, next }) => answerRate(system, next(kind, answers));
    operations['published and projected'] = async ({ system }) => {
      const rate = await publish(system, events(REQUESTS * EVENTS_PER_REQUEST));
      await pause(CALM_MS);
      return rate;
    };
    return {
      times: await inBoth({ rounds, short: overShort, long: overLong, operations }),
      memory: [await memoryMb(overShort.system), await memoryMb(overLong.system)],
    };
  } finally {
    for (const system of systems) await system.kill();
  }
}

/** Answers per second, by the median of their times. */
async function answerRate({ url }: SystemProcess, customers: readonly string[]): Promise<number> {
  return 1000 / (await medianMs(customers.length, (nth) => request(`${url}/v1/customers/${customers[nth]}`)));
}

/** Events per second, from the first request until the last event is projected. */
async function publish(system: SystemProcess, events: readonly SampleCloudEvent[]): Promise<number> {
  const bodies = Array.from({ length: REQUESTS }, (_, nth) =>
    events.slice(nth * EVENTS_PER_REQUEST, (nth + 1) * EVENTS_PER_REQUEST),
  );
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
        const { accepted } = await request<{ accepted: number }>(`${system.url}/v1/events`, body);
        if (accepted !== EVENTS_PER_REQUEST) throw new Error(`${accepted} of ${EVENTS_PER_REQUEST} were accepted.`);
      }
    }),
  );
  await projected(system);
  return (events.length * 1000) / (performance.now() - begun);
}
