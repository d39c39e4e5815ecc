import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteEventStore } from '@touchstone/event-store';
import { type Definition, definitionsByType, policyV1 } from '@touchstone/journey';
import { definitionRegistry } from '@touchstone/operations';
import { createLogger, readConfig } from '@touchstone/runtime';
import { startTouchstone } from '@touchstone/touchstone';
import { projected } from '../crash/system-process.ts';
import { customerOf, type PublishedEvent } from '../oracle/published-event.ts';

/** An event with the time at which the log takes it in. */
export interface StoredEvent {
  readonly recordedAt: string;
  readonly event: PublishedEvent;
}

/**
 * Starts a whole system over a log with this history, stored at its own times; now is the greatest
 * time of the log.
 */
export async function startOverHistory(definitions: readonly Definition[], stored: readonly StoredEvent[]) {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-questions-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  let now = 0;
  const store = await sqliteEventStore({ file: join(data, 'events.db'), now: () => now });
  const measures = { policy: policyV1, definitions: definitionsByType([]) };
  const ledger = definitionRegistry(
    store,
    () => measures,
    () => now,
  );
  for (const definition of definitions) await ledger.put(definition);
  let position = 0n;
  for (const [time, events] of byRecordedAt(stored)) {
    now = Date.parse(time);
    ({ position } = await store.append(events.map(toAppend)));
  }
  await store.close();
  const environment = { PORT: '0', CLOCK: 'log', FUTURE_LIMIT: 'off', TOUCHSTONE_DATA: data, QUESTION_TIME_MAX: 'off' };
  const system = await startTouchstone(readConfig(environment), createLogger({ level: 'error' }));
  // An answer waits for its position for five seconds, and a long history takes longer.
  await projected(system);
  const headers = { 'touchstone-after': String(position), 'content-type': 'application/json' };

  /** The answer, or the code and the words of its problem. */
  async function ask(method: string, path: string, body?: object) {
    const answer = await fetch(`${system.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests read any field of an answer.
    const told = (await answer.json()) as any;
    return answer.status === 200 ? told : { error: told.code, detail: told.detail };
  }
  return {
    url: system.url,
    ask,
    stop: async () => {
      await system.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export type QuestionedSystem = Awaited<ReturnType<typeof startOverHistory>>;

/** Runs of events that were stored at the same time. */
function byRecordedAt(stored: readonly StoredEvent[]): [string, PublishedEvent[]][] {
  const runs: [string, PublishedEvent[]][] = [];
  for (const { recordedAt, event } of stored) {
    const last = runs.at(-1);
    if (last !== undefined && last[0] === recordedAt) last[1].push(event);
    else runs.push([recordedAt, [event]]);
  }
  return runs;
}

function toAppend(event: PublishedEvent) {
  const customer = customerOf(event);
  const { id, source, type, time } = event;
  const body = JSON.stringify({ ...event, subject: customer });
  return { stream: `customer-${customer}`, source, id, type, time: Date.parse(time), body };
}
