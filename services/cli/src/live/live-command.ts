import type { LiveEffect, LiveEvent } from '@touchstone/api';
import type { Client, LiveItem, LiveQuery } from '@touchstone/client';
import { type ExitCode, exitCodes } from '../cli-error.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { colourOfScore, decimal, plain, style } from '../terminal/style.ts';

export interface LiveOptions {
  readonly filters: LiveQuery;
  /** Position of the log; from now on unless given. */
  readonly after: string | undefined;
  readonly json: boolean;
}

/** Prints published events as they are stored, one on a line, until Ctrl-C. */
export async function runLive(client: Client, { filters, after, json }: LiveOptions): Promise<ExitCode> {
  const interrupt = onInterrupt(() => {});
  try {
    for await (const item of client.live(filters, { after, signal: interrupt.signal })) {
      console.log(json ? JSON.stringify(item.kind === 'event' ? item.event : item) : showLive(item));
    }
    return exitCodes.ok;
  } finally {
    interrupt.release();
  }
}

export function showLive(item: LiveItem): string {
  if (item.kind === 'skipped')
    return style.yellow(`… the events of the positions ${item.after} to ${item.upTo} were left out`);
  const { recordedAt, customerId, did, event } = item.event;
  const data = (event?.data ?? {}) as Readonly<Record<string, unknown>>;
  const named = (name: string) => (typeof data[name] === 'string' ? plain(data[name]) : '');
  const what = named('touchpoint') || plain(String(event?.type ?? 'damaged').replace(/^touchstone\.|\.v\d+$/g, ''));
  const cells = [style.dim(recordedAt.slice(11, 19)), plain(customerId), what, named('channel'), named('outcome')];
  return [...cells, ...effectInWords(did)].filter((cell) => cell !== '').join('  ');
}

function effectInWords(did: LiveEvent['did'] | LiveEffect): string[] {
  if (did === null) return [style.yellow('not measured')];
  const { verdict, score, scoreBefore, scoreAfter, stageChanges } = did;
  const moved = scoreAfter !== null && scoreAfter !== scoreBefore;
  return [
    score === null ? '' : `${verdict} ${colourOfScore(score)(decimal(score, 0))}`,
    moved ? `journey ${decimal(scoreBefore, 0)} → ${colourOfScore(scoreAfter)(decimal(scoreAfter, 0))}` : '',
    ...stageChanges.map(({ from, to, because }) => style.bold(`${from} → ${to} (${because})`)),
  ];
}
