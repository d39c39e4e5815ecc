import { t } from 'i18next';
import { X } from 'lucide-react';
import { useChangeAddress } from '../selection/selection-bar.tsx';

/** A name of the address that is no filter of the selection, as a chip that takes it out. */
export function Only(props: {
  name: string;
  value: string | undefined;
  text: string;
  /** The value as people read it. */
  shown?: string | undefined;
}) {
  const { name, value, text } = props;
  const change = useChangeAddress();
  if (value === undefined) return null;
  const shown = props.shown ?? value;
  return (
    <span className="chip">
      <span className="chip-name">{text}</span>
      <bdi className="chip-value">{value === '' ? t('filter.empty') : shown}</bdi>
      <button
        type="button"
        className="chip-remove"
        onClick={() => change({ [name]: undefined })}
        aria-label={t('selection.remove', { name: text, value: shown })}
      >
        <X aria-hidden="true" />
      </button>
    </span>
  );
}
