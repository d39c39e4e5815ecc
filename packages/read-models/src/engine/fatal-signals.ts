const FATAL = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGSYS'] as const;

const ignored = () => undefined;

/**
 * Makes fatal signals end the process at once with their own exit status again: the embedded engine
 * catches them and spends minutes on a report while port and lock stay held. Node restores the
 * default action when the last listener of a signal is removed.
 */
export function restoreFatalSignals(): void {
  for (const signal of FATAL) {
    process.on(signal, ignored);
    process.off(signal, ignored);
  }
}
