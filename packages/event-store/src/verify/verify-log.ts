import { z } from 'zod';
import { bodyAsStored, isDamaged } from '../damaged-event.ts';
import type { LogReader } from '../log-reader.ts';
import { instantOf } from '../minute-counts.ts';
import type { StoredEvent } from '../port.ts';
import { PUBLISHED_PREFIX } from '../published-streams.ts';
import { heldMinutes, NO_MINUTES } from './held-minutes.ts';
import type { IdentitiesOnDisk } from './identities-on-disk.ts';
import type { LogDifference } from './log-difference.ts';
import { readablePages } from './readable-pages.ts';

/**
 * How far a log has been verified, as JSON values; together with the parts on the disk, enough to
 * resume.
 */
export const logProgressSchema = z.object({
  position: z.coerce.bigint(),
  /** When the last sound event was recorded, ms since 1970; -1 before the first. */
  recordedAt: z.number(),
  events: z.number(),
  minutes: z.object({
    from: z.number(),
    until: z.number(),
    found: z.array(z.tuple([z.number(), z.string(), z.number()]).readonly()).readonly(),
    damaged: z.number(),
  }),
});
export type LogProgress = z.output<typeof logProgressSchema>;

export const NOTHING_READ: LogProgress = { position: 0n, recordedAt: -1, events: 0, minutes: NO_MINUTES };

export interface VerifyLogOptions {
  readonly reader: LogReader;
  readonly from: LogProgress;
  readonly upTo: bigint;
  /** Receives each sound event. */
  readonly identities: Pick<IdentitiesOnDisk, 'add'>;
  readonly onEvent?: ((event: StoredEvent) => void) | undefined;
  readonly onDifference: (difference: LogDifference) => void;
  /** Called between two pages; `progress` returns the state to resume from. */
  readonly onPage: (
    reached: { readonly events: number; readonly last: StoredEvent },
    progress: () => LogProgress,
  ) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a log and reports faults: events lost or changed, positions or recording times out of
 * order, and minutes whose events are not those accepted. Returns true at `upTo`, false if `signal`
 * aborted it.
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: one pass over the log that resumes anywhere: its checks are in the order of the events.
export async function verifyLog(options: VerifyLogOptions): Promise<boolean> {
  const { reader, from, upTo, identities, onEvent, onDifference, onPage, signal } = options;
  const minutes = heldMinutes(reader, upTo, from.minutes, signal);
  let { position, recordedAt, events } = from;
  const begin = async (at: number | undefined) => {
    for await (const difference of minutes.begin(at)) onDifference(difference);
  };
  const progress = (): LogProgress => ({ position, recordedAt, events, minutes: minutes.state() });
  try {
    for await (const page of readablePages(reader, { after: position, upTo }, onDifference)) {
      for (const event of page) {
        const { stream } = event;
        const tell = (field: LogDifference['field'], what: string) =>
          onDifference({ position: event.position, stream, field, what });
        const isWhole = !isDamaged(event);
        if (event.position <= position) tell('position', `comes after position ${position}`);
        if (isWhole && event.recordedAt < recordedAt) tell('recordedAt', steppedBack(event.recordedAt, recordedAt));
        const said = attributesOf(event);
        if (!isWhole || typeof said === 'string') tell('event', isWhole ? String(said) : notAccepted(said));
        if (isWhole) recordedAt = Math.max(recordedAt, event.recordedAt);
        if (minutes.isBeyond(recordedAt)) await begin(recordedAt);
        const { source, id } = typeof said === 'string' ? event : said;
        if (stream.startsWith(PUBLISHED_PREFIX)) minutes.add(recordedAt, source, !isWhole);
        if (isWhole) identities.add({ stream, source, id, position: event.position });
        onEvent?.(event);
        events += 1;
        position = event.position;
      }
      onPage({ events, last: page.at(-1)! }, progress);
      if (signal?.aborted) return false;
    }
    await begin(undefined);
    return true;
  } catch (error) {
    if (signal?.aborted) return false;
    throw error;
  }
}

const steppedBack = (at: number, before: number) =>
  `was recorded at ${instantOf(at)}, before the one before it, at ${instantOf(before)}`;

const notAccepted = (said: unknown) =>
  `is not what was accepted: its checksum does not hold${typeof said === 'string' ? `, and it ${said}` : ''}`;

/** The attributes of its identity, or a description of why the body is no CloudEvent. */
function attributesOf(event: StoredEvent): { readonly source: string; readonly id: string } | string {
  let said: { readonly source?: unknown; readonly id?: unknown; readonly type?: unknown } | null;
  try {
    said = JSON.parse(bodyAsStored(event));
  } catch {
    return 'is no JSON';
  }
  if (said === null || typeof said !== 'object') return 'is no CloudEvent';
  const { source, id, type } = said;
  if (typeof source !== 'string' || typeof id !== 'string' || typeof type !== 'string') {
    return 'is a CloudEvent without source, id or type';
  }
  return { source, id };
}
