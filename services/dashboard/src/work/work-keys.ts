import { type RefObject, useEffect } from 'react';
import { isPlainKey } from '../components/plain-key.ts';

/** Ways to work with a customer of the worklist, and their keys. */
export const acts = [
  { name: 'take', key: 't' },
  { name: 'note', key: 'n' },
  { name: 'snooze', key: 's' },
  { name: 'done', key: 'd' },
] as const;
export type Act = (typeof acts)[number]['name'];

/** Acts on the customer whose row has the focus, which `j` and `k` move. */
export function useWorkKeys(box: RefObject<HTMLElement | null>, act: (act: Act, customerId: string) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!isPlainKey(event)) return;
      const wanted = acts.find(({ key }) => key === event.key);
      const row = document.activeElement?.closest<HTMLElement>('[data-customer]');
      if (wanted === undefined || row == null || box.current?.contains(row) !== true) return;
      event.preventDefault();
      act(wanted.name, row.dataset.customer ?? '');
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [box, act]);
}
