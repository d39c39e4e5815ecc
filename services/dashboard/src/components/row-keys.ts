import { type RefObject, useEffect } from 'react';
import { isPlainKey } from './plain-key.ts';

/** `j` and `k` go to the next and the previous row of the box; Enter opens it as any link. */
export function useRowKeys(box: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!isPlainKey(event)) return;
      const step = { j: 1, k: -1 }[event.key];
      if (step === undefined || box.current === null) return;
      const links = [...box.current.querySelectorAll<HTMLElement>('[data-row]')].flatMap((row) => {
        const link = row.querySelector<HTMLElement>('a');
        return link === null ? [] : [link];
      });
      const row = document.activeElement?.closest('[data-row]');
      const at = links.findIndex((link) => link.closest('[data-row]') === row);
      const next = links[at < 0 ? 0 : at + step];
      if (next === undefined) return;
      event.preventDefault();
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: 'nearest' });
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [box]);
}
