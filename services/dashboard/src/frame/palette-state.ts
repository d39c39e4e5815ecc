import { useEffect, useState } from 'react';

const OPEN = 'touchstone:palette';

export function openPalette(): void {
  dispatchEvent(new Event(OPEN));
}

/** Whether the palette is open: by its button, ⌘K or Ctrl K, or `/` outside of a field. */
export function usePaletteState(): [boolean, (isOpen: boolean) => void] {
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    const open = (): void => setIsOpen(true);
    const onKey = (event: KeyboardEvent): void => {
      const isCommand = (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k';
      // A reader who is typing in a field wants the character.
      const isSlash = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !isInField(event);
      if (!isCommand && !isSlash) return;
      event.preventDefault();
      open();
    };
    addEventListener(OPEN, open);
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener(OPEN, open);
      removeEventListener('keydown', onKey);
    };
  }, []);
  return [isOpen, setIsOpen];
}

export function isInField({ target }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable], [role=menu], [role=dialog]') !== null
  );
}
