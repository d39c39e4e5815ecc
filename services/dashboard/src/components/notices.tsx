import { t } from 'i18next';
import { X } from 'lucide-react';
import { useEffect, useSyncExternalStore } from 'react';
import { isPlainKey } from './plain-key.ts';

export interface Notice {
  readonly text: string;
  readonly isBad?: boolean;
  /** Takes back what the notice tells of. */
  readonly undo?: () => void;
}

export const UNDO_KEY = 'u';
const SHOWN_MS = 12_000;
const listeners = new Set<() => void>();
let current: Notice | null = null;

/** Shows what was done, in place of the notice before. */
export function tell(notice: Notice | null): void {
  current = notice;
  for (const listener of listeners) listener();
}

/** Takes back what the present notice tells of; false where it tells of nothing. */
function undoLatest(): boolean {
  const undo = current?.undo;
  if (undo === undefined) return false;
  tell(null);
  undo();
  return true;
}

/** The latest notice, above the page. A failure stays until it is closed. */
export function Notices() {
  const notice = useSyncExternalStore(subscribe, () => current);
  useEffect(() => {
    if (notice === null || notice.isBad) return;
    const timer = setTimeout(() => tell(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === UNDO_KEY && isPlainKey(event) && undoLatest()) event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <div className="notices" role="status">
      {notice === null ? null : (
        <p className={`notice ${notice.isBad ? 'notice-bad' : ''}`}>
          <span>{notice.text}</span>
          {notice.undo === undefined ? null : (
            <button type="button" onClick={undoLatest}>
              {t('notice.undo')}
            </button>
          )}
          <button type="button" className="quiet" onClick={() => tell(null)} aria-label={t('notice.close')}>
            <X aria-hidden="true" />
          </button>
        </p>
      )}
    </div>
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
