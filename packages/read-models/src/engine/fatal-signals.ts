const FATAL = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGSYS'] as const;

const ignored = () => undefined;

/**
 * Let fatal signals end the process again, at once and with their own exit status. The embedded engine catches them and waits minutes for a report of its own,
 * during which port and lock are held. Node sets a signal back to what the system does with it when its last listener goes.
 */
export function restoreFatalSignals(): void {
  for (const signal of FATAL) {
    process.on(signal, ignored);
    process.off(signal, ignored);
  }
}
