import type { Share, Shares } from '@touchstone/api';
import { t } from 'i18next';
import { Share2 } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { Trans } from 'react-i18next';
import { copyText, hasClipboard } from '../components/clipboard.ts';
import { DialogBox } from '../components/dialog-box.tsx';
import { Time } from '../components/parts.tsx';
import { Answered } from '../components/states.tsx';
import { Undone } from '../components/undone.tsx';
import { ask, BASE_PATH, type Problem } from '../data/ask.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useDoing } from '../data/use-doing.ts';
import { currentTimeZone } from '../i18n/format.ts';
import { pathOf } from '../selection/selection.ts';

interface Of {
  readonly journeyId: string;
  readonly customerId: string;
}

/** Opens the links by which the customer of a journey sees where it stands. */
export function ShareDialog(journey: Of) {
  return (
    <Dialog.Root>
      <Dialog.Trigger className="quiet copy-link">
        <Share2 aria-hidden="true" /> {t('share.open')}
      </Dialog.Trigger>
      <DialogBox title={t('share.title')} why={t('share.why')} className="share">
        <Links {...journey} />
        <Dialog.Close className="share-close">{t('share.close')}</Dialog.Close>
      </DialogBox>
    </Dialog.Root>
  );
}

function Links({ journeyId, customerId }: Of) {
  const base = `/v1/journeys/${encodeURIComponent(journeyId)}` as const;
  const answer = useAnswer<Shares>(pathOf(`${base}/shares`, { customerId }));
  const [isCopied, setIsCopied] = useState<string>();
  const doing = useDoing(answer.reload);
  if (answer.problem?.status === 403) return <Closed problem={answer.problem} />;
  const make = (expiresIn: string): Promise<boolean> =>
    doing.start(async () => {
      const body = { customerId, expiresIn, timeZone: currentTimeZone() };
      const { id, path } = await ask<Share>(`${base}/share`, { body });
      if (await copyText(addressOf(path))) setIsCopied(id);
    });
  const revoke = ({ id }: Share): Promise<boolean> =>
    doing.start(() => ask(`/v1/shares/${encodeURIComponent(id)}`, { method: 'DELETE' }));
  return (
    <>
      <Make isBusy={doing.isBusy} make={(expiresIn) => void make(expiresIn)} />
      <Undone problem={doing.problem} />
      <h3>{t('share.inForce')}</h3>
      <Answered answer={answer} what={t('share.inForce')} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">{t('share.none')}</p>
          ) : (
            <ul className="share-links">
              {items.map((link) => (
                <Link
                  key={link.id}
                  link={link}
                  isCopied={isCopied === link.id}
                  copy={() =>
                    void copyText(addressOf(link.path)).then((isDone) => setIsCopied(isDone ? link.id : undefined))
                  }
                  revoke={() => void revoke(link)}
                />
              ))}
            </ul>
          )
        }
      </Answered>
    </>
  );
}

const LASTS = ['P1D', 'P7D', 'P30D', 'P90D'] as const;

function Make({ isBusy, make }: { isBusy: boolean; make: (expiresIn: string) => void }) {
  const [expiresIn, setExpiresIn] = useState<string>('P30D');
  return (
    <form
      className="share-make"
      onSubmit={(event) => {
        event.preventDefault();
        make(expiresIn);
      }}
    >
      <label>
        {t('share.expires')}{' '}
        <select value={expiresIn} onChange={({ target }) => setExpiresIn(target.value)}>
          {LASTS.map((lasts) => (
            <option key={lasts} value={lasts}>
              {t(`share.${lasts}`)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="primary" disabled={isBusy}>
        {isBusy ? t('share.making') : t('share.make')}
      </button>
    </form>
  );
}

function Link(props: { link: Share; isCopied: boolean; copy: () => void; revoke: () => void }) {
  const { link, isCopied, copy, revoke } = props;
  return (
    <li>
      <input
        readOnly
        value={addressOf(link.path)}
        aria-label={t('share.title')}
        onFocus={({ target }) => target.select()}
      />
      <p className="small muted">
        <Trans
          i18nKey="share.until"
          values={{ by: link.by || t('share.somebody') }}
          components={{ time: <Time at={link.expiresAt} /> }}
        />
      </p>
      <div className="tools">
        {!hasClipboard() ? null : (
          <button type="button" onClick={copy}>
            {isCopied ? t('share.copied') : t('share.copy')}
          </button>
        )}
        <a href={addressOf(link.path)} target="_blank" rel="noreferrer">
          {t('share.see')}
        </a>
        <button type="button" onClick={revoke}>
          {t('share.revoke')}
        </button>
      </div>
    </li>
  );
}

/** Links cannot be made: the API's reason says what the operator has not set. */
function Closed({ problem }: { problem: Problem }) {
  return (
    <div className="empty">
      <strong>{t('share.closed')}</strong>
      <p>{problem.detail}</p>
      <p className="muted">{t('share.guide')}</p>
    </div>
  );
}

/** The API says a path below the address of the system. */
const addressOf = (path: string): string => new URL(`${BASE_PATH}/${path}`, location.origin).href;
