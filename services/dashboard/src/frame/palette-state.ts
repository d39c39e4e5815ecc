import { isPlainKey } from '../components/plain-key.ts';
import { useOpened } from './use-opened.ts';

const OPEN = 'touchstone:palette';

export function openPalette(): void {
  dispatchEvent(new Event(OPEN));
}

/** Whether the palette is open: by its button, ⌘K or Ctrl K, or `/` outside of a field. */
export const usePaletteState = () => useOpened(OPEN, isPaletteKey);

function isPaletteKey(event: KeyboardEvent): boolean {
  const isCommand = (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k';
  // A reader who is typing in a field wants the character.
  return isCommand || (event.key === '/' && isPlainKey(event));
}
