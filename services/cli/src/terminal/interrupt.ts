/** Ctrl-C once: finish what is under way. Twice: the usual death. `release` gives the signal back. */
export function onInterrupt(tell: () => void): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = () => {
    tell();
    controller.abort();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return {
    signal: controller.signal,
    release() {
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
    },
  };
}
