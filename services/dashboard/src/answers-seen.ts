import { onKeyChange } from './key.ts';

export interface SeenAnswer {
  readonly text: string;
  /** When it came, ms of this device's clock. */
  readonly at: number;
}

const most = 40;
const seen = new Map<string, SeenAnswer>();

// Another key may read other things.
onKeyChange(() => seen.clear());

/** The latest answer to a path, so that a page to which somebody goes back stands there at once. */
export function seenAnswer(path: string | null): SeenAnswer | undefined {
  return path === null ? undefined : seen.get(path);
}

export function noteAnswer(path: string, answer: SeenAnswer): void {
  seen.delete(path);
  seen.set(path, answer);
  const [oldest] = seen.keys();
  if (seen.size > most && oldest !== undefined) seen.delete(oldest);
}
