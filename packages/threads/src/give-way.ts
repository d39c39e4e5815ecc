import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Under load a thread of this niceness gets about a tenth of what an ordinary one gets, and all that nobody else wants. Anybody may lower a priority; nobody without
 * privileges may raise it again, so only a thread that does the same kind of work all its life gives way.
 */
const NICENESS = 10;

/**
 * Let the calling thread give way to those whom somebody waits for. Where threads have no priorities of their own, which is everywhere but on Linux, or where the
 * system does not allow it, all stay equal.
 */
export function giveWay(): void {
  attempt(() => lower(readlinkSync('/proc/thread-self').split('/').at(-1)!));
}

/** The same for every thread of this process that has such a name (as the system shows it: 15 characters at most). */
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
    // A thread that has just ended, or a system without /proc: nothing depends on it.
  }
}
