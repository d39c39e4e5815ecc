import type { Retention } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { onGridKey } from '../components/grid-keys.ts';
import { Panel, Scrolling } from '../components/parts.tsx';
import { Said } from '../components/said.tsx';
import { Segments } from '../components/segments.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import { countText, currentTimeZone, dayText, percentText } from '../i18n/format.ts';
import { type Address, nameIn } from '../selection/address.ts';
import { type Changes, pathOf } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';

const cohortLengths = ['1M', '1w'] as const;
const retentionEvents = ['moment', 'purchase'] as const;
/** How far back cohorts are shown. */
const BACK_MS = { '1M': 366 * DAY_MS, '1w': 26 * 7 * DAY_MS };

/** The part of the customers of one week or month that comes again in the following ones. */
export function RetentionView({ address, now }: { address: Address; now: string }) {
  const change = useChangeAddress();
  const cohort = nameIn(cohortLengths, address.cohort);
  const event = nameIn(retentionEvents, address.event);
  // Whole days, so that a refresh asks the same.
  const from = new Date(Math.floor((Date.parse(now) - BACK_MS[cohort]) / DAY_MS) * DAY_MS).toISOString();
  const path = pathOf('/v1/loyalty/retention', { cohort, event, from, timeZone: currentTimeZone() });
  const answer = useAnswer<Retention>(path, REPORT_REFRESH_MS);
  return (
    <Panel
      title={t('retention.title')}
      note={t('retention.note')}
      tools={
        <div className="tools">
          <Segments
            label={t('retention.length')}
            names={cohortLengths}
            chosen={cohort}
            textOf={(name) => t(`retention.by_${name}`)}
            choose={(name) => change({ cohort: name })}
          />
          <Segments
            label={t('retention.counts')}
            names={retentionEvents}
            chosen={event}
            textOf={(name) => t(`retention.${name}`)}
            choose={(name) => change({ event: name })}
          />
        </div>
      }
    >
      <Answered answer={answer} what={t('retention.title')} rows={8}>
        {({ cohorts }) => {
          const shown = cohorts.filter(({ size }) => size > 0);
          if (shown.length === 0) return <Empty title={t('retention.nothing')} />;
          return (
            <Settling answer={answer}>
              <Triangle cohorts={shown} asked={{ cohort, event }} />
            </Settling>
          );
        }}
      </Answered>
    </Panel>
  );
}

function Triangle({ cohorts, asked }: { cohorts: Retention['cohorts']; asked: Changes }) {
  const most = Math.max(...cohorts.map(({ periods }) => periods.length));
  const behind = { ...asked, list: 'cohort', last: undefined, from: undefined, to: undefined, stage: undefined };
  return (
    <Scrolling label={t('retention.title')}>
      <table className="heat triangle" aria-label={t('retention.title')} onKeyDown={onGridKey}>
        <thead>
          <tr>
            <th scope="col" className="heat-name">
              {t('retention.cohort')}
            </th>
            <th scope="col">{t('column.customers')}</th>
            {Array.from({ length: most }, (_, k) => (
              <th key={k} scope="col">
                {k}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {cohorts.map(({ start, size, periods }) => (
            <tr key={start}>
              <th scope="row" className="heat-name">
                {dayText(start)}
              </th>
              <td className="number">
                <PageLink to="/customers" with={{ ...behind, start, k: undefined }}>
                  {countText(size)}
                </PageLink>
              </td>
              {periods.map(({ k, customers, share, isOpen }) => {
                const text = t('retention.cell', {
                  from: dayText(start),
                  k: countText(k),
                  n: countText(customers),
                  size: countText(size),
                  share: percentText(share),
                });
                const shade = Math.ceil((share ?? 0) * 6);
                return (
                  <td
                    key={k}
                    className={`heat-cell keep-${shade} ${isOpen ? 'heat-open' : ''}`}
                    title={isOpen ? `${text} ${t('retention.open')}` : text}
                  >
                    {customers === 0 ? (
                      <span>
                        <Said shown="·" text={text} />
                      </span>
                    ) : (
                      <PageLink to="/customers" with={{ ...behind, start, k: String(k) }} tabIndex={k === 0 ? 0 : -1}>
                        <Said shown={String(Math.round((share ?? 0) * 100))} text={text} />
                      </PageLink>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}
