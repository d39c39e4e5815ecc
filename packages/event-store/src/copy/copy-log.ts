import { EventStoreError, type StoredEvent } from '../port.ts';
import type { Seal } from '../seal.ts';
import { type Comparison, comparison, digestOfAll, type SideSums } from './comparison.ts';
import { inCopy, type NamedPositionIn } from './named-positions.ts';
import { compareRejections, copyRejections } from './rejections.ts';
import type { CopySide, CopyTarget } from './sides.ts';

export type CopyPhase = 'comparing' | 'copying';

export interface CopyOptions {
  readonly source: CopySide;
  readonly target: CopyTarget;
  /**
   * Whether to seal the source once the copy has caught up; otherwise the copy goes up to the
   * source's current head.
   */
  readonly isLast: boolean;
  /** Finds the events that name a position of their log: in the copy they name the copy's. */
  readonly namedPositionIn: NamedPositionIn;
  /** Aborts after the current append. */
  readonly signal: AbortSignal;
  /** Called with the number of events processed and the position reached in the source. */
  readonly onProgress: (phase: CopyPhase, events: number, position: bigint) => void;
  /** ms since 1970. */
  readonly now?: () => number;
  /** Interval at which the progress is saved, ms; {@link NOTED_MS} by default. */
  readonly notedMs?: number;
}

/** The sums of one log that prove it complete. */
export interface CopyProof {
  readonly events: number;
  readonly streams: number;
  readonly minutes: number;
  readonly byStream: string;
  readonly byMinute: string;
}

export interface CopySummary {
  readonly source: CopyProof;
  readonly copy: CopyProof;
  /** The name of each log. */
  readonly logs: { readonly source: string; readonly copy: string };
  readonly rejections: number;
  readonly shortened: number;
  readonly isSealed: boolean;
}

/** Lag in events at which the source is sealed: copying the rest takes a moment. */
const CAUGHT_UP_EVENTS = 1_000;

/**
 * Fills an empty log with another, event by event in order, while the other takes more; then seals
 * the source, copies the rest and proves both equal (a failure or abort after the seal lifts it). A
 * killed copy may be run again and resumes from the target, compared with the source; throws
 * EventStoreError and the reason of `signal`.
 */
export async function copyLog(options: CopyOptions): Promise<CopySummary> {
  const { source, target, isLast, signal, onProgress, now = Date.now } = options;
  const logs = { source: await source.identity(), copy: await target.identity() };
  const claimed = await claim(options, logs, now());
  const copying = copyFrom(options, claimed, await resumed(options, claimed));
  const compared = comparison(source, target, options.namedPositionIn);
  const compare = () => compared.advance(signal, (events) => onProgress('comparing', events, compared.position));
  do {
    while ((await copying.pass()) > CAUGHT_UP_EVENTS);
    await copyRejections(source, target, signal);
    await compare();
  } while (isLast && (await copying.pass()) > CAUGHT_UP_EVENTS);
  if (!isLast) {
    const kept = await copyRejections(source, target, signal);
    return { ...proofOf(compared), logs, ...kept, isSealed: false };
  }
  await source.setSeal({ why: 'moved', place: target.place, log: logs.copy, at: now() });
  try {
    await copying.pass();
    await copyRejections(source, target, signal);
    await compare();
    const kept = await copyRejections(source, target, signal);
    await compareRejections(source, target, signal);
    await assertWhole(source, compared);
    const proof = proofOf(compared);
    assertSame(proof.source, proof.copy);
    await target.liftSeal();
    return { ...proof, logs, ...kept, isSealed: true };
  } catch (error) {
    await source.liftSeal();
    throw error;
  }
}

/**
 * Checks that the target is empty or an unfinished copy of this log; its seal holds the progress.
 */
async function claim({ source, target }: CopyOptions, logs: CopySummary['logs'], at: number): Promise<Seal> {
  if (logs.source === logs.copy) {
    throw new EventStoreError('refused', 'Both are the same log: one cannot be copied onto itself, or onto a backup.');
  }
  const [moved, filling] = [await source.seal(), await target.seal()];
  if (moved !== undefined && moved.log !== logs.copy) throw sealedElsewhere(source, moved);
  if (filling?.why === 'filling' && filling.log === logs.source) return filling;
  if (filling !== undefined) throw sealedElsewhere(target, filling);
  if (await holdsMore(target, 0n)) {
    const words =
      moved === undefined
        ? 'holds events, and is no copy that was begun: a copy needs a place that is empty'
        : 'is the whole copy already: there is nothing to do';
    throw new EventStoreError('refused', `${target.place} ${words}.`);
  }
  const seal: Seal = { why: 'filling', place: source.place, log: logs.source, at };
  await target.setSeal(seal);
  return seal;
}

function sealedElsewhere({ place }: CopySide, { why, place: other, log }: Seal): EventStoreError {
  const what = why === 'moved' ? 'was copied to' : 'is being filled with a copy of';
  return new EventStoreError(
    'refused',
    `${place} ${what} ${other} (${log}), and not what was named. What to do: name that, or \`touchstone copy --lift\` it.`,
  );
}

interface Reached {
  readonly position: bigint;
  readonly events: number;
}

/**
 * Finds where to resume, comparing only the events after the last saved progress with the source.
 * The whole copy is compared at its end.
 */
async function resumed(
  { source, target, namedPositionIn, signal, onProgress }: CopyOptions,
  { upTo }: Seal,
): Promise<Reached> {
  // A power loss may have taken events that the saved progress includes.
  const isThere = upTo !== undefined && BigInt(upTo.copy) <= (await target.head());
  const behind = isThere ? { source: BigInt(upTo.source), copy: BigInt(upTo.copy) } : undefined;
  const before = isThere ? upTo.events : 0;
  const compared = comparison(source, target, namedPositionIn, behind);
  await compared.advance(signal, (events) => onProgress('comparing', before + events, compared.position));
  return { position: compared.position, events: before + compared.copy.events };
}

/** Interval at which the progress is saved, ms. */
const NOTED_MS = 3_000;

function copyFrom(
  { source, target, namedPositionIn, signal, onProgress, notedMs = NOTED_MS }: CopyOptions,
  seal: Seal,
  reached: Reached,
) {
  let { position: after, events } = reached;
  let notedAt = performance.now();
  const note = async () => {
    if (performance.now() - notedAt < notedMs) return;
    await target.setSeal({ ...seal, upTo: { events, source: String(after), copy: String(await target.head()) } });
    notedAt = performance.now();
  };
  const append = async (page: readonly StoredEvent[]) => {
    let from = 0;
    for (const [at, event] of page.entries()) {
      const named = namedPositionIn(event);
      if (named === null) continue;
      await target.append(page.slice(from, at), seal.log, signal);
      await target.append([await inCopy(event, named, source, target)], seal.log, signal);
      from = at + 1;
    }
    await target.append(from === 0 ? page : page.slice(from), seal.log, signal);
  };
  return {
    /** Copies up to the source's current head, and returns the number of events copied. */
    async pass(): Promise<number> {
      const before = events;
      for await (const page of source.events(after)) {
        signal.throwIfAborted();
        await append(page);
        after = page.at(-1)!.position;
        events += page.length;
        onProgress('copying', events, after);
        await note();
      }
      return events - before;
    },
  };
}

/** Checks that the sealed source has taken no events since. */
async function assertWhole(source: CopySide, compared: Comparison): Promise<void> {
  if (!(await holdsMore(source, compared.position))) return;
  throw new EventStoreError(
    'refused',
    `${source.place} took events behind its seal, after position ${compared.position}: a process of an earlier version uses it. What to do: stop it, and run this again.`,
  );
}

/** Reads events, not the head, because other applications may write to the same database. */
async function holdsMore(side: CopySide, after: bigint): Promise<boolean> {
  for await (const page of side.events(after)) if (page.length > 0) return true;
  return false;
}

function assertSame(source: CopyProof, copy: CopyProof): void {
  if (JSON.stringify(source) === JSON.stringify(copy)) return;
  throw new EventStoreError(
    'refused',
    `The copy is not the same: ${JSON.stringify(copy)} in place of ${JSON.stringify(source)}.`,
  );
}

function proofOf({ source, copy }: Comparison): { readonly source: CopyProof; readonly copy: CopyProof } {
  return { source: proofOfSide(source), copy: proofOfSide(copy) };
}

const proofOfSide = ({ events, streams, minutes }: SideSums): CopyProof => ({
  events,
  streams: streams.size,
  minutes: minutes.size,
  byStream: digestOfAll(streams),
  byMinute: digestOfAll(minutes),
});
