import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts a module of this folder in a child process, which ends with this one. `module`: path
 * relative to this file.
 */
export function startChild(module: string, ...args: readonly string[]): ChildProcess {
  return fork(new URL(module, import.meta.url), args, { execArgv: ['--import', 'tsx'] });
}

/** Sends a message and waits for the answer. */
export async function ask<Answer>(child: ChildProcess, message: object | string): Promise<Answer> {
  const answer = once(child, 'message');
  child.send(message);
  return (await answer)[0] as Answer;
}

/**
 * Starts an EventStoreDB test server in a process of its own, as a real one would run.
 * @throws if it ends before it listens.
 */
export async function startEventStoreDb(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const child = startChild('../eventstoredb-server/main.ts');
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { url: string }).url));
    child.once('exit', (code) => reject(new Error(`the event store ended with ${code} before it listened`)));
  });
  return { url, child };
}

export interface HealthProbe {
  /** The longest answer since the last call, ms; a pending request counts with its time so far. */
  longestMs(): Promise<number>;
  stop(): void;
}

/** Requests `/healthz` continuously, from a process that does nothing else. */
export function startHealthProbe(url: string): HealthProbe {
  const child = startChild('./health-probe.ts', url);
  return {
    longestMs: () => ask<number>(child, 'report'),
    stop: () => void child.kill(),
  };
}
