import type { Explanation } from '@touchstone/api';
import { t } from 'i18next';
import { useState } from 'react';
import { Trans } from 'react-i18next';
import { Time, Touchpoint } from '../components/parts.tsx';
import { scoreText, signedText } from '../i18n/format.ts';

export type WhatIf = Explanation['whatIf'][number];

const SHOWN_AT_FIRST = 8;

export const keyOfWhatIf = ({ kind, eventId, source, promiseId, complaintId, touchpoint }: WhatIf): string =>
  JSON.stringify([kind, source, eventId, promiseId, complaintId, touchpoint]);

/** The exact score without each thing that cost points; one of them is drawn as well. */
export function WhatIfList(props: {
  items: readonly WhatIf[];
  score: number;
  type: string;
  chosenKey: string | undefined;
  choose: (key: string | undefined) => void;
}) {
  const { items, score, type, chosenKey, choose } = props;
  const [isWhole, setIsWhole] = useState(false);
  if (items.length === 0) return null;
  return (
    <section className="what-if" aria-label={t('whatIf.title')}>
      <h3>{t('whatIf.title')}</h3>
      <p className="small muted">{t('whatIf.note')}</p>
      <ul>
        {items.slice(0, isWhole ? items.length : SHOWN_AT_FIRST).map((item) => {
          const key = keyOfWhatIf(item);
          const isChosen = key === chosenKey;
          return (
            <li key={key}>
              <button
                type="button"
                className="what-if-row"
                aria-pressed={isChosen}
                onClick={() => choose(isChosen ? undefined : key)}
              >
                <span>
                  <Otherwise item={item} type={type} />{' '}
                  <span className="small muted">
                    <Time at={item.at} />
                  </span>
                </span>
                <Scores without={item.score} score={score} />
              </button>
            </li>
          );
        })}
      </ul>
      {isWhole || items.length <= SHOWN_AT_FIRST ? null : (
        <button type="button" className="more" onClick={() => setIsWhole(true)}>
          {t('whatIf.all', { count: items.length })}
        </button>
      )}
    </section>
  );
}

/** `Delivery kept in time` */
function Otherwise({ item, type }: { item: WhatIf; type: string }) {
  const { kind, touchpoint, promiseId, complaintId } = item;
  const id = promiseId ?? complaintId ?? '';
  const place = touchpoint === null ? <bdi className="id">{id}</bdi> : <Touchpoint name={touchpoint} type={type} />;
  return <Trans i18nKey={`whatIf.${kind}`} components={{ place }} />;
}

/** `53.4, not 43.4` */
function Scores({ without, score }: { without: number | null; score: number }) {
  if (without === null) return <span className="muted">{t('whatIf.nothing')}</span>;
  const gain = without - score;
  const isSame = scoreText(without) === scoreText(score);
  return (
    <span className="what-if-scores">
      {isSame ? (
        t('whatIf.still', { score: scoreText(score) })
      ) : (
        <Trans
          i18nKey="whatIf.scores"
          values={{ without: scoreText(without), score: scoreText(score) }}
          components={{ b: <b /> }}
        />
      )}
      {isSame ? null : <span className={`small ${gain > 0 ? 'good' : 'bad'}`}> {signedText(gain)}</span>}
    </span>
  );
}
