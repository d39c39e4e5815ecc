import { t } from 'i18next';
import { Link2 } from 'lucide-react';
import { useState } from 'react';

/** Copies the address of this view; nothing where the browser denies the clipboard. */
export function CopyLink() {
  const [isCopied, setIsCopied] = useState(false);
  if (navigator.clipboard === undefined) return null;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(location.href);
    setIsCopied(true);
  };
  return (
    <button type="button" className="quiet copy-link" onClick={() => void copy().catch(() => setIsCopied(false))}>
      <Link2 aria-hidden="true" /> {isCopied ? t('state.copied') : t('state.copyLink')}
    </button>
  );
}
