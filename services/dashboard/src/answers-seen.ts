import { onKeyChange } from './key.ts';

export interface SeenAnswer {
  readonly text: string;
  /** When the answer came, ms by this device's clock. */
  readonly at: number;
}

const most = 40;
const seen = new Map<string, SeenAnswer>();

// Cleared, because another key may have other permissions.
onKeyChange(() => seen.clear());

/** The latest answer to a path, so that a page shows at once when the reader goes back to it. */
export function seenAnswer(path: string | null): SeenAnswer | undefined {
  return path === null ? undefined : seen.get(path);
}

export function noteAnswer(path: string, answer: SeenAnswer): void {
  seen.delete(path);
  seen.set(path, answer);
  const [oldest] = seen.keys();
  if (seen.size > most && oldest !== undefined) seen.delete(oldest);
}
