import { t } from 'i18next';
import { Link2 } from 'lucide-react';
import { useState } from 'react';
import { copyText, hasClipboard } from './clipboard.ts';

/** Copies the address of this view; nothing where the browser denies the clipboard. */
export function CopyLink() {
  const [isCopied, setIsCopied] = useState(false);
  if (!hasClipboard()) return null;
  return (
    <button type="button" className="quiet copy-link" onClick={() => void copyText(location.href).then(setIsCopied)}>
      <Link2 aria-hidden="true" /> {isCopied ? t('state.copied') : t('state.copyLink')}
    </button>
  );
}
