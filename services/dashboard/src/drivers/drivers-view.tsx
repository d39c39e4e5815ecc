import type { Drivers } from '@touchstone/api';
import { type DriverOutcome, driverOutcomes } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { type Behind, CountFigure, Figure } from '../components/figure.tsx';
import { IntervalCell, ScaleHead } from '../components/interval.tsx';
import { Panel, Scrolling, Touchpoint, TypeName } from '../components/parts.tsx';
import { Choice, Segments } from '../components/segments.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import {
  countText,
  missing,
  percentText,
  ratingText,
  scoreText,
  signedRatingText,
  signedText,
} from '../i18n/format.ts';
import { levelText } from '../i18n/words.ts';
import { whereIn } from '../journeys/where-asked.ts';
import { type Address, nameIn } from '../selection/address.ts';
import type { Period } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { type Driver, factorText, isMean, journeysWith, knownBy, reachOf, SURE_Q, toneOf } from './driver-rows.ts';

const units = ['case', 'customer'] as const;
const SHOWN = 50;

/** Values that go with an outcome, the surest and largest differences first. */
export function DriversView({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const outcome = nameIn(driverOutcomes, address.outcome);
  const unit = nameIn(units, address.unit);
  const body = { where: whereIn(address, period), outcome, unit, limit: SHOWN };
  const answer = useAnswer<Drivers>({ path: '/v1/analytics/drivers', body }, REPORT_REFRESH_MS);
  return (
    <Panel
      title={t('drivers.title')}
      note={t('drivers.note')}
      tools={
        <div className="tools">
          <Choice
            label={t('drivers.outcome')}
            names={driverOutcomes}
            chosen={outcome}
            textOf={(name) => t(`outcomeOf.${name}`)}
            choose={(name) => change({ outcome: name })}
          />
          <Segments
            label={t('drivers.unit')}
            names={units}
            chosen={unit}
            textOf={(name) => t(`drivers.${name}`)}
            choose={(name) => change({ unit: name === 'case' ? undefined : name })}
          />
        </div>
      }
    >
      <Answered answer={answer} what={t('drivers.title')} rows={8}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty title={t('drivers.nothing')}>
              <p>{t('drivers.nothingWhy', { cases: countText(data.cases) })}</p>
            </Empty>
          ) : (
            <Settling answer={answer}>
              <p className="small muted">
                {t('drivers.tested', { cases: countText(data.cases), tests: countText(data.tests) })}
              </p>
              <DriverTable items={data.items} {...{ outcome, unit }} />
            </Settling>
          )
        }
      </Answered>
    </Panel>
  );
}

interface Asked {
  readonly outcome: DriverOutcome;
  readonly unit: (typeof units)[number];
}

function DriverTable({ items, ...asked }: Asked & { items: readonly Driver[] }) {
  const reach = reachOf(items);
  return (
    <Scrolling label={t('drivers.title')}>
      <table className="rates drivers" aria-label={t('drivers.title')}>
        <thead>
          <tr>
            <th scope="col">{t('drivers.value')}</th>
            <th scope="col" className="number">
              {t('drivers.difference')}
            </th>
            <ScaleHead marks={[valueText(-reach, asked.outcome, true), 0, valueText(reach, asked.outcome, true)]} />
            <th scope="col" className="number">
              {t('drivers.with')}
            </th>
            <th scope="col" className="number">
              {t('drivers.without')}
            </th>
            <th scope="col" className="number" title={t('drivers.qMeaning')}>
              q
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <DriverRow key={`${item.factor} ${item.value}`} {...{ item, reach }} {...asked} />
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

/** A value of the outcome, or a difference of two with its sign. */
function valueText(value: number | null, outcome: DriverOutcome, isSigned: boolean): string {
  if (value === null) return missing;
  if (outcome === 'feedback') return isSigned ? signedRatingText(value) : ratingText(value);
  if (isMean(outcome)) return isSigned ? signedText(value) : scoreText(value);
  return isSigned ? t('figure.points', { points: signedText(value * 100) }) : percentText(value);
}

function DriverRow({ item, reach, outcome, unit }: Asked & { item: Driver; reach: number }) {
  const { factor, value, difference, low, high, q, isPart } = item;
  const tone = toneOf(item, outcome);
  const known = knownBy(outcome);
  const behind = { to: '/journeys' as const, with: { ...journeysWith(item), ...known } };
  const side = (has?: 'false'): Behind => ({ to: '/journeys', with: { outcome, unit, factor, value, has } });
  const text = (each: number | null): string => valueText(each, outcome, true);
  return (
    <tr className={q > SURE_Q ? 'unsure' : ''}>
      <th scope="row">
        <Figure behind={behind} label={value}>
          <FactorValue {...{ factor, value }} />
        </Figure>
        <div className="small muted">
          {factorText(factor)}
          {isPart ? ` · ${t('drivers.isPart')}` : ''}
        </div>
      </th>
      <td className={`number strong ${tone === 'plain' ? '' : tone}`}>{text(difference)}</td>
      <IntervalCell value={difference} {...{ low, high, tone }} from={-reach} to={reach} line={0} textOf={text} />
      <td className="number">
        {valueText(item.with.mean, outcome, false)}{' '}
        <span className="small muted">
          {t('drivers.of')} <CountFigure n={item.with.n} behind={side()} label={t('drivers.with')} />
        </span>
      </td>
      <td className="number">
        {valueText(item.without.mean, outcome, false)}{' '}
        <span className="small muted">
          {t('drivers.of')} <CountFigure n={item.without.n} behind={side('false')} label={t('drivers.without')} />
        </span>
      </td>
      <td className="number">{q < 0.001 ? '< 0.001' : q.toFixed(3)}</td>
    </tr>
  );
}

function FactorValue({ factor, value }: { factor: string; value: string }) {
  if (value === '') return <span className="muted">{t('filter.empty')}</span>;
  if (factor === 'touchpoint' || factor === 'touchpoint-failed') return <Touchpoint name={value} />;
  if (factor === 'type') return <TypeName type={value} />;
  return factor === 'level' ? levelText(value) : <bdi>{value}</bdi>;
}
