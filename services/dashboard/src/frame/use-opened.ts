import { useEffect, useState } from 'react';

/** Whether something above the page is open: by the event of its button, or by its key. */
export function useOpened(
  name: string,
  isItsKey: (event: KeyboardEvent) => boolean,
): [boolean, (isOpen: boolean) => void] {
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    const open = (): void => setIsOpen(true);
    const onKey = (event: KeyboardEvent): void => {
      if (!isItsKey(event)) return;
      event.preventDefault();
      open();
    };
    addEventListener(name, open);
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener(name, open);
      removeEventListener('keydown', onKey);
    };
  }, [name, isItsKey]);
  return [isOpen, setIsOpen];
}
