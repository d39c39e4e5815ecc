import type { Worklist, WorklistMark } from '@touchstone/api';
import { t } from 'i18next';
import { useSyncExternalStore } from 'react';
import { tell } from '../components/notices.tsx';
import { ask, problemFrom } from '../data/ask.ts';
import { readAgain } from '../data/change.ts';
import { dayText } from '../i18n/format.ts';

export type WorklistItem = Worklist['items'][number];

/** A mark that somebody wants to put. */
export interface Wanted {
  readonly state: WorklistMark['state'];
  /** Given where somebody is put off. */
  readonly until?: string;
  readonly note: string;
}

type Pending = ReadonlyMap<string, WorklistMark>;

const listeners = new Set<() => void>();
/** Marks that are shown before the worklist answers with them. */
let pending: Pending = new Map();
/** The latest request of each customer, which the next one waits for. */
const turns = new Map<string, Promise<unknown>>();
/** Notes that were typed and not kept yet, by customer. */
const drafts = new Map<string, string>();

export const draftOf = (customerId: string): string | undefined => drafts.get(customerId);
export const keepDraft = (customerId: string, note: string): void => void drafts.set(customerId, note);

/** Marks a customer at once; if the system refuses, all is as before, and the notice says why. */
export async function mark(customerId: string, wanted: Wanted, before: WorklistMark | undefined): Promise<void> {
  const shown = { by: '', at: '', ...wanted, until: wanted.until ?? null };
  pend(new Map([...pending, [customerId, shown]]));
  try {
    await inTurn(customerId, wanted);
    drafts.delete(customerId);
    const undo = () => void mark(customerId, backTo(before), shown);
    const until = wanted.until === undefined ? '' : dayText(wanted.until);
    tell({ text: t(`work.told.${wanted.state}`, { id: customerId, until }), undo });
    await readAgain('/v1/worklist');
  } catch (error) {
    tell({ text: t('work.failed', { id: customerId, why: problemFrom(error).message }), isBad: true });
  } finally {
    // A later mark of the same customer is its own.
    if (pending.get(customerId) === shown) pend(new Map([...pending].filter(([id]) => id !== customerId)));
  }
}

/** Sends the marks of one customer one after the other, so that the latest stays the latest. */
function inTurn(customerId: string, wanted: Wanted): Promise<unknown> {
  const put = () => ask(`/v1/worklist/${encodeURIComponent(customerId)}/mark`, { method: 'PUT', body: wanted });
  const sent = (turns.get(customerId) ?? Promise.resolve()).then(put);
  turns.set(
    customerId,
    sent.catch(() => undefined),
  );
  return sent;
}

function backTo(before: WorklistMark | undefined): Wanted {
  if (before === undefined) return { state: 'open', note: '' };
  const { state, until, note } = before;
  return { state, note, ...(until === null ? {} : { until }) };
}

/** The mark of an item, with what was just done to it. */
export function useMarkOf(): (item: WorklistItem) => WorklistMark | undefined {
  const now = useSyncExternalStore(subscribe, () => pending);
  return ({ customerId, mark: kept }) => now.get(customerId) ?? kept;
}

/** Whether an item is still to be done, by what was just done to it. */
export function useIsToDo(): (item: WorklistItem) => boolean {
  const now = useSyncExternalStore(subscribe, () => pending);
  return ({ customerId }) => !['snoozed', 'done'].includes(now.get(customerId)?.state ?? '');
}

function pend(next: Pending): void {
  pending = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
