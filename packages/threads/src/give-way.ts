import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Under load a thread of this niceness gets about a tenth of an ordinary thread's CPU time, plus
 * all idle time. Lowering a priority needs no privileges but raising it again does, so only a
 * thread that does the same kind of work all its life gives way.
 */
const NICENESS = 10;

/**
 * Lower the priority of the calling thread, so that it yields to threads that serve requests. Has
 * no effect where threads have no priority of their own (everywhere but on Linux) or where the
 * system forbids it.
 */
export function giveWay(): void {
  attempt(() => lower(readlinkSync('/proc/thread-self').split('/').at(-1)!));
}

/**
 * Lower the priority of every thread of this process with this name, as the system shows it (at
 * most 15 characters).
 */
export function letGiveWay(name: string): void {
  attempt(() => {
    for (const thread of readdirSync('/proc/self/task')) attempt(() => nameOf(thread) === name && lower(thread));
  });
}

const nameOf = (thread: string) => readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trimEnd();

function lower(thread: string): void {
  setPriority(Number(thread), NICENESS);
}

function attempt(work: () => unknown): void {
  if (process.platform !== 'linux') return;
  try {
    work();
  } catch {
    // The thread has just ended, or the system has no /proc; no caller depends on the priority.
  }
}
