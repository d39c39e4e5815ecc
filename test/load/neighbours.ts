import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { sampleEvents } from './sample-events.ts';
import { send } from './send.ts';

/** Another address than the attacker's. */
const ADDRESS = '127.0.0.2';
const EVENTS_PER_REQUEST = 20;
const QUESTIONS = ['/v1/overview', '/v1/journeys?limit=20', '/v1/customers?limit=20'];
/** Pause between an answer and the next request, ms. */
const PAUSES = { publisher: 50, reader: 50, health: 20 };
/** Time-out after which a neighbour counts a request as not answered. */
const PATIENCE_MS = 30_000;

/** Times of the answers (ms), and the number of requests without a 2xx answer. */
interface Seen {
  readonly ms: readonly number[];
  readonly failures: number;
}

export type NeighbourReport = Readonly<Record<keyof typeof PAUSES, Seen>>;

/** Base URL and key of the neighbours. */
interface NeighbourOrder {
  readonly url: string;
  readonly key: string;
}

const agent = new Agent({ keepAlive: true, localAddress: ADDRESS });
const names = Object.keys(PAUSES) as (keyof typeof PAUSES)[];
const nothing = () => ({ ms: [] as number[], failures: 0 });
let seen = { publisher: nothing(), reader: nothing(), health: nothing() };
/** Start times of the pending requests. */
const askedAt: { -readonly [Name in keyof typeof PAUSES]?: number | undefined } = {};

function begin(): void {
  seen = { publisher: nothing(), reader: nothing(), health: nothing() };
}

/** A pending request counts with its time so far. */
function report(): NeighbourReport {
  const now = performance.now();
  const awaited = (name: keyof typeof PAUSES) => (askedAt[name] === undefined ? [] : [now - askedAt[name]]);
  const of = (name: keyof typeof PAUSES) => ({ ...seen[name], ms: [...seen[name].ms, ...awaited(name)] });
  return Object.fromEntries(names.map((name) => [name, of(name)])) as unknown as NeighbourReport;
}

/** Sends one request after the other, for as long as the process lives. */
async function goOn(name: keyof typeof PAUSES, ask: (nth: number) => Promise<boolean>): Promise<void> {
  for (let nth = 0; ; nth++) {
    // An answer counts in the period in which it was requested.
    const mine = seen[name];
    const begun = performance.now();
    askedAt[name] = begun;
    const isAnswered = await ask(nth);
    askedAt[name] = undefined;
    mine.ms.push(performance.now() - begun);
    if (!isAnswered) mine.failures++;
    await pause(PAUSES[name]);
  }
}

/** True if the complete answer is there and 2xx. */
async function isAnswered({ url, key }: NeighbourOrder, path: string, body?: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${key}` };
  const { status } = await send(`${url}${path}`, { agent, headers, body, timeout: PATIENCE_MS });
  return status >= 200 && status < 300;
}

function batch(nth: number): string {
  return JSON.stringify(sampleEvents(EVENTS_PER_REQUEST, { seed: 1000 + nth, startAt: Date.now() }));
}

// In the child process: it receives an order and replies "ready"; `begin` resets the measurements,
// and `report` sends them.
if (process.send !== undefined) {
  process.once('disconnect', () => process.exit());
  process.on('message', (message: NeighbourOrder | 'begin' | 'report') => {
    if (message === 'begin') begin();
    else if (message === 'report') process.send?.(report());
    else {
      begin();
      void goOn('publisher', (nth) => isAnswered(message, '/v1/events', batch(nth)));
      void goOn('reader', (nth) => isAnswered(message, QUESTIONS[nth % QUESTIONS.length]!));
      void goOn('health', () => isAnswered(message, '/healthz'));
      process.send?.('ready');
    }
  });
}
