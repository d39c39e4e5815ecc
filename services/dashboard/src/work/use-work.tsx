import { type ReactNode, type RefObject, useState } from 'react';
import { useNow } from '../data/use-now.ts';
import { mark, useMarkOf, type Wanted, type WorklistItem } from './marking.ts';
import { type AskedAct, WorkDialog } from './work-dialog.tsx';
import { type Act, useWorkKeys } from './work-keys.ts';

interface Work {
  readonly act: (act: Act, customerId: string) => void;
  /** Asks for what an act needs; to be drawn beside the list. */
  readonly dialog: ReactNode;
}

/** Lets one work through a list of customers, by keys and buttons; each row names its customer. */
export function useWork(box: RefObject<HTMLElement | null>, items: readonly WorklistItem[]): Work {
  const [asked, setAsked] = useState<{ act: AskedAct; customerId: string }>();
  const markOf = useMarkOf();
  const now = useNow();
  const itemOf = (customerId: string) => items.find((item) => item.customerId === customerId);
  const before = (customerId: string) => {
    const item = itemOf(customerId);
    return item === undefined ? undefined : markOf(item);
  };
  const put = (customerId: string, wanted: Wanted): void => {
    focusBeside(box.current, customerId, wanted.state === 'taken');
    void mark(customerId, wanted, before(customerId));
  };
  const act = (wanted: Act, customerId: string): void => {
    if (wanted === 'take') put(customerId, { state: 'taken', note: before(customerId)?.note ?? '' });
    else setAsked({ act: wanted, customerId });
  };
  useWorkKeys(box, act);
  const dialog =
    asked === undefined || now === undefined ? null : (
      <WorkDialog
        {...asked}
        now={now}
        note={before(asked.customerId)?.note ?? ''}
        close={() => {
          setAsked(undefined);
          focusBeside(box.current, asked.customerId, true);
        }}
        mark={(wanted) => put(asked.customerId, wanted)}
      />
    );
  return { act, dialog };
}

/** Puts the focus on the customer's row, or on the next where theirs is about to go. */
function focusBeside(box: HTMLElement | null, customerId: string, stays: boolean): void {
  const rows = [...(box?.querySelectorAll<HTMLElement>('[data-customer]') ?? [])];
  const at = rows.findIndex((row) => row.dataset.customer === customerId);
  const row = stays ? rows[at] : (rows[at + 1] ?? rows[at - 1]);
  requestAnimationFrame(() => row?.querySelector('a')?.focus({ preventScroll: true }));
}
