import { cutNamedIn } from '@touchstone/customer-folds';
import {
  type CopyPhase,
  type CopySummary,
  copyLog,
  openCopySource,
  openCopyTarget,
} from '@touchstone/event-store/copy';
import { type ExitCode, exitCodes } from '../cli-error.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { type Progress, showProgress } from '../terminal/progress.ts';
import { style, whole } from '../terminal/style.ts';
import { inWords } from './backup-command.ts';

export interface CopyCommand {
  readonly from: string;
  readonly to: string;
  readonly seal: boolean;
  /** Appends on their way to a server at a time. */
  readonly inFlight: number;
  readonly json: boolean;
}

/** Copies a log into another store, and prints which settings to switch. */
export async function runCopy({ from, to, seal, inFlight, json }: CopyCommand): Promise<ExitCode> {
  const interrupt = onInterrupt(() => console.error('\nStopping after the append that is under way …'));
  const began = performance.now();
  try {
    const source = await openCopySource(from);
    const target = await openCopyTarget(to, inFlight).catch(async (error: unknown) => {
      await source.close();
      throw error;
    });
    const progress = phases(Number(await source.head()));
    try {
      const summary = await copyLog({
        source,
        target,
        isLast: seal,
        namedPositionIn: cutNamedIn,
        signal: interrupt.signal,
        onProgress: progress.update,
      });
      progress.stop();
      if (json) console.log(JSON.stringify(summary));
      else tell(summary, { from: source.place, to, seconds: (performance.now() - began) / 1000 });
      return exitCodes.ok;
    } finally {
      progress.stop();
      await target.close();
      await source.close();
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw inWords(error);
    console.error('Stopped. The log takes events as before; the same command goes on from here.');
    return exitCodes.interrupted;
  } finally {
    interrupt.release();
  }
}

export async function liftSeal(place: string): Promise<ExitCode> {
  try {
    const side = await openCopySource(place);
    try {
      const seal = await side.seal();
      await side.liftSeal();
      console.log(seal === undefined ? `${side.place} was not sealed.` : `${side.place} takes events again.`);
      return exitCodes.ok;
    } finally {
      await side.close();
    }
  } catch (error) {
    throw inWords(error);
  }
}

const LABELS: Readonly<Record<CopyPhase, string>> = { comparing: 'compare', copying: 'copy   ' };

/** Shows a progress bar for each phase; positions tell the progress within the log. */
function phases(head: number) {
  let current: { readonly phase: CopyPhase; readonly bar: Progress } | undefined;
  const done: Record<CopyPhase, number> = { comparing: 0, copying: 0 };
  let began = { events: 0, at: performance.now() };
  let lastAt = began.at;
  return {
    update(phase: CopyPhase, events: number, position: bigint): void {
      if (current?.phase !== phase) {
        current?.bar.stop();
        current = { phase, bar: showProgress(LABELS[phase], head) };
        began = { events: done[phase], at: lastAt };
      }
      lastAt = performance.now();
      done[phase] = events;
      const rate = ((events - began.events) * 1000) / Math.max(1, lastAt - began.at);
      current.bar.update(Number(position), `${whole(events)} events, ${whole(Math.round(rate))}/s`);
    },
    stop(): void {
      current?.bar.stop();
      current = undefined;
    },
  };
}

function tell(summary: CopySummary, { from, to, seconds }: { from: string; to: string; seconds: number }): void {
  const { source, copy, logs, rejections, shortened, isSealed } = summary;
  console.log(`${style.green('The copy is whole')}: ${whole(copy.events)} events in ${whole(Math.ceil(seconds))} s.`);
  for (const [what, proof] of [
    ['source', source],
    ['copy', copy],
  ] as const) {
    console.log(
      `  ${what.padEnd(6)}  ${whole(proof.events)} events, ${whole(proof.streams)} streams (${proof.byStream}), ${whole(proof.minutes)} minutes (${proof.byMinute})`,
    );
  }
  const cut = shortened === 0 ? '' : `; ${whole(shortened)} of them shortened, because this store takes less at once`;
  console.log(`  ${whole(rejections)} rejections${cut}`);
  if (!isSealed) {
    console.log('Nothing was sealed: the same command without --no-seal takes over what has come since, and ends it.');
    return;
  }
  const setting = /^esdb/i.test(to)
    ? 'EVENT_STORE_URL to what --to names'
    : `TOUCHSTONE_DATA to the folder of ${to}, without EVENT_STORE_URL`;
  console.log(`
${from} takes nothing more. Now, with every process that used it stopped:
  1. Set ${setting}.
  2. Its lists are filled anew. In a ClickHouse server that has the rows of the old log also set ADOPT_READ_MODEL_OF=${logs.source}
  3. With Kafka, empty the topics touchstone.log and touchstone.changes: they are filled anew.
  4. Start. The log is now ${logs.copy}; its positions are others.
To go back before anything was published there: touchstone copy --lift with the old place.`);
}
