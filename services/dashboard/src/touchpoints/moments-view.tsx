import type { Moments } from '@touchstone/api';
import { eventMeasures } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { Only } from '../components/only.tsx';
import { Time, Touchpoint, VerdictBadge } from '../components/parts.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { Segments } from '../components/segments.tsx';
import { CustomerLink, JourneyLink } from '../frame/links.tsx';
import { missing, scoreText } from '../i18n/format.ts';
import { eventText, outcomeText } from '../i18n/words.ts';
import { ListOf } from '../lists/list-page.tsx';
import type { Address } from '../selection/address.ts';
import { type Period, parametersOf, pathOf, spanParameters } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { takenByTouchpoints } from '../selection/taken.ts';

type Moment = Moments['items'][number];

const PAGE_ROWS = '100';
const MOMENT = 'touchstone.moment.recorded.v1';
const choices = ['all', 'failed', 'succeeded'] as const;
/** Answers to a question, behind a figure. */
const ASKED = 'asked';

/** The moments behind a figure, the latest first. */
export function MomentsView({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const { instrument, measure } = address;
  const chosen =
    instrument !== undefined
      ? ASKED
      : address.failed === 'true'
        ? 'failed'
        : address.failed === 'false'
          ? 'succeeded'
          : 'all';
  const path = pathOf('/v1/moments', {
    // A measure says itself which events it counts.
    eventType: address.eventType ?? (measure === undefined ? MOMENT : undefined),
    ...parametersOf(address, takenByTouchpoints(address)),
    instrument,
    failed: address.failed,
    scored: address.scored,
    measure,
    ...spanParameters(period),
    limit: PAGE_ROWS,
  });
  return (
    <>
      <Segments
        label={t('column.outcome')}
        names={instrument === undefined ? choices : [...choices, ASKED]}
        chosen={chosen}
        textOf={(name) => t(`moments.${name}`, { instrument: instrument ?? '' })}
        choose={(name) => {
          if (name === ASKED) return;
          const failed = name === 'all' ? undefined : String(name === 'failed');
          change({ failed, scored: undefined, eventType: undefined, instrument: undefined });
        }}
      />
      <Only name="measure" value={measure} text={t('benchmarks.measure')} shown={nameOfMeasure(measure)} />
      <ListOf
        label={t('touchpointsView.moments')}
        path={path}
        columns={columns()}
        keyOf={({ position }: Moment) => position}
      />
    </>
  );
}

function nameOfMeasure(measure: string | undefined): string | undefined {
  const known = eventMeasures.find((name) => name === measure);
  return known === undefined ? measure : t(`measure.${known}`);
}

const columns = (): readonly RowColumn<Moment>[] => [
  { id: 'time', head: t('column.at'), cell: ({ time }) => <Time at={time} /> },
  {
    id: 'touchpoint',
    head: t('column.touchpoint'),
    className: 'wrap',
    cell: ({ touchpoint, journeyType, type }) =>
      touchpoint === null ? eventText(type) : <Touchpoint name={touchpoint} type={journeyType ?? undefined} />,
  },
  { id: 'channel', head: t('column.channel'), className: 'wide', cell: ({ channel }) => channel ?? missing },
  {
    id: 'outcome',
    head: t('column.outcome'),
    cell: ({ outcome, cause }) =>
      outcome === null ? (
        missing
      ) : (
        <span className={`badge outcome-${outcome}`}>
          {outcomeText(outcome)}
          {cause === null ? '' : ` · ${cause}`}
        </span>
      ),
  },
  {
    id: 'verdict',
    head: t('score.verdict'),
    className: 'wide',
    cell: ({ verdict }) => (verdict === null ? missing : <VerdictBadge verdict={verdict} />),
  },
  { id: 'score', head: t('column.score'), className: 'number wide', cell: ({ score }) => scoreText(score) },
  {
    id: 'journey',
    head: t('column.journey'),
    cell: ({ journeyId, customerId }) =>
      journeyId === null ? missing : <JourneyLink id={journeyId} customerId={customerId} className="id" />,
  },
  {
    id: 'customer',
    head: t('column.customer'),
    className: 'wide',
    cell: ({ customerId }) => <CustomerLink id={customerId} className="id" />,
  },
  { id: 'team', head: t('filter.team'), className: 'wide', cell: ({ team }) => team ?? missing },
];
