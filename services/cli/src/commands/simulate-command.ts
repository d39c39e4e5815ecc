import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { retimed, simulateShop, stretchFor } from '@touchstone/demo-shop';
import { type CloudEvent, DAY_MS } from '@touchstone/journey';
import { CliError, type ExitCode, exitCodes } from '../cli-error.ts';
import type { Publish } from '../import/import-file.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { showProgress } from '../terminal/progress.ts';
import { style, whole } from '../terminal/style.ts';

export interface SimulateCommand {
  readonly seed: number;
  readonly customers: number;
  readonly days: number;
  /** ms since 1970. */
  readonly from: number;
  /** Writes NDJSON to this file and publishes nothing. */
  readonly out: string | undefined;
  /**
   * After the past, continue at this many events a second until stopped; undefined: stop at the end
   * of the past.
   */
  readonly rate: number | undefined;
  readonly publish: Publish;
  /**
   * Puts the shop's definitions before the first event; resolves to a sentence about what is still
   * missing, or null.
   */
  readonly prepare: () => Promise<string | null>;
  readonly json: boolean;
}

const BATCH_SIZE = 500;

export async function runSimulate(command: SimulateCommand): Promise<ExitCode> {
  return command.out === undefined ? publishShop(command) : writeShop(command, command.out);
}

async function writeShop(command: SimulateCommand, file: string): Promise<ExitCode> {
  const stream = createWriteStream(file);
  const failed = new Promise<never>((_, reject) => {
    stream.on('error', (error) => reject(new CliError(`${file} cannot be written: ${error.message}`)));
  });
  failed.catch(() => undefined);
  let events = 0;
  for (const event of simulateShop(command)) {
    events++;
    if (!stream.write(`${JSON.stringify(event)}\n`)) await Promise.race([once(stream, 'drain'), failed]);
  }
  stream.end();
  await Promise.race([finished(stream), failed]);
  console.log(command.json ? JSON.stringify({ file, events }) : `${file}: ${whole(events)} events`);
  return exitCodes.ok;
}

async function publishShop(command: SimulateCommand): Promise<ExitCode> {
  const { rate } = command;
  const missing = await command.prepare();
  if (missing !== null) console.error(style.yellow(missing));
  const interrupt = onInterrupt(() => console.error('\nStopping …'));
  const outbox = openOutbox(command.publish);
  const shop = simulateShop({ ...command, isEndless: rate !== undefined });
  try {
    const next = await publishPast(command, shop, outbox, interrupt.signal);
    if (rate !== undefined && next !== undefined) {
      await publishLive({ ...command, rate }, next, shop, outbox, interrupt.signal);
    }
    await outbox.flush();
  } finally {
    interrupt.release();
  }
  tell(command, outbox.sums);
  if (interrupt.signal.aborted && rate === undefined) return exitCodes.interrupted;
  return outbox.sums.conflicts + outbox.sums.rejected > 0 ? exitCodes.incomplete : exitCodes.ok;
}

type Outbox = ReturnType<typeof openOutbox>;

function openOutbox(publish: Publish) {
  const sums = { events: 0, accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 };
  let batch: CloudEvent[] = [];
  return {
    sums,
    /** Returns true once a batch is full. */
    add: (event: CloudEvent) => batch.push(event) >= BATCH_SIZE,
    async flush() {
      if (batch.length === 0) return;
      const answer = await publish(batch);
      sums.events += batch.length;
      sums.accepted += answer.accepted;
      sums.duplicates += answer.duplicates;
      sums.conflicts += answer.conflicts;
      sums.rejected += answer.rejected;
      batch = [];
    },
  };
}

/**
 * Publishes everything before the end of the past. Returns the first event after it; `undefined` if
 * there is none, or it was stopped.
 */
async function publishPast(
  { from, days }: SimulateCommand,
  shop: Iterator<CloudEvent, void>,
  outbox: Outbox,
  signal: AbortSignal,
): Promise<CloudEvent | undefined> {
  const progress = showProgress('the shop', days);
  try {
    for (let next = shop.next(); !next.done && !signal.aborted; next = shop.next()) {
      const at = Date.parse(next.value.time);
      if (at >= from + days * DAY_MS) {
        progress.update(days, `${whole(outbox.sums.events)} events`);
        return next.value;
      }
      if (!outbox.add(next.value)) continue;
      await outbox.flush();
      progress.update((at - from) / DAY_MS, `${whole(outbox.sums.events)} events`);
    }
    return undefined;
  } finally {
    progress.stop();
  }
}

/** Publishes each event when its time has come, until stopped. */
async function publishLive(
  command: SimulateCommand & { readonly rate: number },
  first: CloudEvent,
  shop: Iterator<CloudEvent, void>,
  outbox: Outbox,
  signal: AbortSignal,
): Promise<void> {
  const liveFrom = command.from + command.days * DAY_MS;
  const stretch = stretchFor(command, command.rate);
  let event: CloudEvent | undefined = first;
  while (event !== undefined) {
    const due = retimed(event, liveFrom, stretch);
    await waitUntil(Date.parse(due.time), signal);
    if (signal.aborted) return;
    outbox.add(due);
    await outbox.flush();
    if (process.stderr.isTTY) process.stderr.write(`\rlive: ${whole(outbox.sums.events)} events `);
    const next = shop.next();
    event = next.done ? undefined : next.value;
  }
}

function tell(command: SimulateCommand, sums: Outbox['sums']): void {
  if (command.json) {
    console.log(JSON.stringify(sums));
    return;
  }
  const counts = Object.entries(sums).map(([name, count]) => `${name} ${whole(count)}`);
  console.log(`\n${style.bold('The shop')}: ${counts.join(', ')}`);
  if (sums.conflicts > 0) {
    console.log(
      'Conflicts: another shop of this seed (other days, customers or beginning) is in this system already.\n' +
        'Every seed has the same customers and ids, so simulate each into a folder of its own.',
    );
  }
}

async function waitUntil(at: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const left = at - Date.now();
    if (left <= 0) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      // Timers of Node cannot run longer than 24.8 days.
      const timer = setTimeout(done, Math.min(left, 60_000));
      signal.addEventListener('abort', done);
    });
  }
}
