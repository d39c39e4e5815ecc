import type { JourneyList } from '@touchstone/api';
import { t } from 'i18next';
import { JourneyTable, Panel } from '../components/parts.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import { type Period, pathOf, spanParameters } from '../selection/selection.ts';

const ROWS = '8';
/** `minScore` leaves out journeys without a score. */
const worst = { status: 'open', minScore: '0', sort: 'score' };

/** The worst journeys for which something can still be done. */
export function LowestPanel({ period }: { period: Period }) {
  const answer = useAnswer<JourneyList>(pathOf('/v1/journeys', { ...worst, ...spanParameters(period), limit: ROWS }));
  return (
    <Panel
      title={t('lowest.title')}
      note={t('lowest.note')}
      className="wide"
      tools={
        <PageLink to="/journeys" with={worst} className="small">
          {t('lowest.all')}
        </PageLink>
      }
    >
      <Answered answer={answer} what={t('lowest.title')} rows={6}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty title={t('lowest.nothing')}>
              <p>{t('lowest.nothingWhy')}</p>
            </Empty>
          ) : (
            <Settling answer={answer}>
              <JourneyTable label={t('lowest.title')} journeys={data.items} />
            </Settling>
          )
        }
      </Answered>
    </Panel>
  );
}
