import { tell } from '../components/notices.tsx';
import { ask, problemFrom } from './ask.ts';
import { queries } from './use-answer.ts';

/** Answers whose path begins so are read again; resolves when those that are shown have come. */
export function readAgain(about: `/v1/${string}`): Promise<void> {
  return queries.invalidateQueries({
    predicate: ({ queryKey }) => queryKey.some((part) => typeof part === 'string' && part.startsWith(about)),
  });
}

/**
 * Puts or removes what is kept under a name, and reads the list again. If the system refuses, the
 * notice says why, and the answer is false.
 */
export async function change(list: `/v1/${string}`, name: string, body: object | null): Promise<boolean> {
  try {
    await ask(`${list}/${encodeURIComponent(name)}`, body === null ? { method: 'DELETE' } : { method: 'PUT', body });
  } catch (error) {
    tell({ text: problemFrom(error).message, isBad: true });
    return false;
  }
  await readAgain(list);
  return true;
}

const NAME_MAX = 48;

/** A name for the address of what is kept under a title, that none of these has. */
export function nameFor(title: string, taken: readonly string[], what: string): string {
  const plain = title
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, NAME_MAX);
  const name = plain === '' ? what : plain;
  for (let count = 1; ; count++) {
    const numbered = count === 1 ? name : `${name}-${count}`;
    if (!taken.includes(numbered)) return numbered;
  }
}
