import { EventStoreError } from '../port.ts';
import type { Seal } from '../seal.ts';
import { type Comparison, comparison, digestOfAll, type SideSums } from './comparison.ts';
import { compareRejections, copyRejections } from './rejections.ts';
import type { CopySide, CopyTarget } from './sides.ts';

export type CopyPhase = 'comparing' | 'copying';

export interface CopyOptions {
  readonly source: CopySide;
  readonly target: CopyTarget;
  /** Whether the source is sealed once it is caught up with; else the copy only goes as far as the source is now. */
  readonly isLast: boolean;
  /** Gives up after the page that is under way. */
  readonly signal: AbortSignal;
  /** How many events were gone through, up to which position of the source. */
  readonly onProgress: (phase: CopyPhase, events: number, position: bigint) => void;
  /** ms since 1970. */
  readonly now?: () => number;
  /** How often it is noted how far the copy is: {@link NOTED_MS} unless told. */
  readonly notedMs?: number;
}

/** What both sides are known to hold. */
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

/** So few behind, and the source is sealed: what is left takes a moment. */
const CAUGHT_UP_EVENTS = 1_000;

/**
 * Fills an empty log with another, event by event in its order, while the other takes more; then seals it, takes over the rest, and proves that both hold the same. It may be
 * killed at any point and run again: it goes on from what stands in the target, held to the source. Where it fails or is given up behind the seal, that is lifted. Throws
 * EventStoreError, and the reason of `signal`.
 */
export async function copyLog(options: CopyOptions): Promise<CopySummary> {
  const { source, target, isLast, signal, onProgress, now = Date.now } = options;
  const logs = { source: await source.identity(), copy: await target.identity() };
  const claimed = await claim(options, logs, now());
  const copying = copyFrom(options, claimed, await resumed(options, claimed));
  const compared = comparison(source, target);
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

/** The target is ours: empty, or a copy of this log that was begun. Its seal says how far it has come. */
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

/** Where the copy goes on: what came behind its last note is held to the source. All of it is once it has been copied. */
async function resumed({ source, target, signal, onProgress }: CopyOptions, { upTo }: Seal): Promise<Reached> {
  // A loss of power may have taken what was noted.
  const isThere = upTo !== undefined && BigInt(upTo.copy) <= (await target.head());
  const behind = isThere ? { source: BigInt(upTo.source), copy: BigInt(upTo.copy) } : undefined;
  const before = isThere ? upTo.events : 0;
  const compared = comparison(source, target, behind);
  await compared.advance(signal, (events) => onProgress('comparing', before + events, compared.position));
  return { position: compared.position, events: before + compared.copy.events };
}

/** How often it is noted how far the copy is. */
const NOTED_MS = 3_000;

function copyFrom(
  { source, target, signal, onProgress, notedMs = NOTED_MS }: CopyOptions,
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
  return {
    /** Up to the head of the source as it is now; how many there were. */
    async pass(): Promise<number> {
      const before = events;
      for await (const page of source.events(after)) {
        signal.throwIfAborted();
        await target.append(page, seal.log);
        after = page.at(-1)!.position;
        events += page.length;
        onProgress('copying', events, after);
        await note();
      }
      return events - before;
    },
  };
}

/** Who was told to take nothing more has taken nothing more. */
async function assertWhole(source: CopySide, compared: Comparison): Promise<void> {
  if (!(await holdsMore(source, compared.position))) return;
  throw new EventStoreError(
    'refused',
    `${source.place} took events behind its seal, after position ${compared.position}: a process of an earlier version uses it. What to do: stop it, and run this again.`,
  );
}

/** Events of others in the same database are none of ours. */
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
