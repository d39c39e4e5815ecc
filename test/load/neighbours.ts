import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { sampleEvents } from './sample-events.ts';

/** Another address than that of who attacks. */
const ADDRESS = '127.0.0.2';
const EVENTS_PER_REQUEST = 20;
const QUESTIONS = ['/v1/overview', '/v1/journeys?limit=20', '/v1/customers?limit=20'];
/** Between an answer and the next request, ms. */
const PAUSES = { publisher: 50, reader: 50, health: 20 };
/** A neighbour gives up then, and counts it as not answered. */
const PATIENCE_MS = 30_000;

/** Times of the answers, ms, and how many were no 2xx or none at all. */
export interface Seen {
  readonly ms: readonly number[];
  readonly failures: number;
}

export type NeighbourReport = Readonly<Record<keyof typeof PAUSES, Seen>>;

/** Where the neighbours ask, and their key. */
export interface NeighbourOrder {
  readonly url: string;
  readonly key: string;
}

const agent = new Agent({ keepAlive: true, localAddress: ADDRESS });
const seen: Record<string, { ms: number[]; failures: number }> = {};

function begin(): void {
  for (const name of Object.keys(PAUSES)) seen[name] = { ms: [], failures: 0 };
}

/** One after the other, for as long as the process lives. */
async function goOn(name: keyof typeof PAUSES, ask: (nth: number) => Promise<boolean>): Promise<void> {
  for (let nth = 0; ; nth++) {
    const begun = performance.now();
    const isAnswered = await ask(nth);
    seen[name]!.ms.push(performance.now() - begun);
    if (!isAnswered) seen[name]!.failures++;
    await pause(PAUSES[name]);
  }
}

/** True if the answer is there, whole, and 2xx. */
function isAnswered({ url, key }: NeighbourOrder, path: string, body?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sent = request(`${url}${path}`, { agent, method, headers, timeout: PATIENCE_MS }, (answer) => {
      answer.resume();
      answer.on('error', () => resolve(false));
      answer.on('end', () => resolve(answer.statusCode! < 300));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
    sent.end(body);
  });
}

function batch(nth: number): string {
  return JSON.stringify(sampleEvents(EVENTS_PER_REQUEST, { seed: 1000 + nth, startAt: Date.now() }));
}

// As a child: an order, "ready"; then `begin` forgets what was seen, and `report` tells it.
if (process.send !== undefined) {
  process.once('disconnect', () => process.exit());
  process.on('message', (message: NeighbourOrder | 'begin' | 'report') => {
    if (message === 'begin') begin();
    else if (message === 'report') process.send?.(seen);
    else {
      begin();
      void goOn('publisher', (nth) => isAnswered(message, '/v1/events', batch(nth)));
      void goOn('reader', (nth) => isAnswered(message, QUESTIONS[nth % QUESTIONS.length]!));
      void goOn('health', () => isAnswered(message, '/healthz'));
      process.send?.('ready');
    }
  });
}
