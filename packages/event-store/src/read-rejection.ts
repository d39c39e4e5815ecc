import type { Rejection } from './port.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

/**
 * Parses a kept rejection. A damaged one stays in its place in the list, with the text that is left
 * of it, so that the others can still be listed.
 */
export function readRejection(text: string): Rejection {
  try {
    const kept = JSON.parse(text) as Rejection;
    const { code, errors, payload, origin } = kept;
    if ([code, payload, origin].every(isText) && isText(errors) && Array.isArray(JSON.parse(errors))) return kept;
  } catch {
    // Reported below.
  }
  return damagedRejection(text);
}

/** Stands for a kept rejection that is not what was written; `text` is what is left of it. */
export function damagedRejection(text: string): Rejection {
  const errors = JSON.stringify([{ path: '', message: 'What was kept of this is damaged in the store.' }]);
  return { code: 'damaged', errors, payload: text, origin: '' };
}
