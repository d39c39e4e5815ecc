import { useParams } from '@tanstack/react-router';
import type { Journey, JourneyFromRows, JourneySummary } from '@touchstone/api';
import { t } from 'i18next';
import { type ReactNode, useMemo } from 'react';
import { Trans } from 'react-i18next';
import { CopyLink } from '../components/copy-link.tsx';
import { Cut, Fact, Panel, Parked, StatusBadge, Time, TypeName } from '../components/parts.tsx';
import { Empty, Loading, LogAway, Missing, Outdated, Settling, usePageTitle } from '../components/states.tsx';
import { type Shown, useAnswer } from '../data/use-answer.ts';
import { useFurther } from '../data/use-further.ts';
import { CustomerLink, JourneyLink, useAddress } from '../frame/links.tsx';
import { countText, durationText, scoreText } from '../i18n/format.ts';
import { levelText } from '../i18n/words.ts';
import { pathOf } from '../selection/selection.ts';
import { RawEvents } from './raw-events.tsx';
import { ScorePanel } from './score-panel.tsx';
import { ShareDialog } from './share-dialog.tsx';
import { TimeSlider } from './time-slider.tsx';
import { Timeline } from './timeline.tsx';
import { ToCome } from './to-come.tsx';

export function JourneyPage() {
  const { journeyId } = useParams({ from: '/journeys/$journeyId' });
  const { customerId } = useAddress();
  return <JourneyOf key={JSON.stringify([customerId, journeyId])} id={journeyId} customerId={customerId} />;
}

function JourneyOf({ id, customerId }: { id: string; customerId: string | undefined }) {
  const { asOf } = useAddress();
  usePageTitle(t('journey.name', { id }));
  const base = `/v1/journeys/${encodeURIComponent(id)}` as const;
  const path = pathOf(base, { customerId, asOf });
  const answer = useAnswer<Journey | JourneyFromRows>(path);
  const whole = useAnswer<Journey | JourneyFromRows>(asOf === undefined ? null : pathOf(base, { customerId }));
  const { data, problem, reload } = answer;
  if (data !== undefined) {
    const wholeJourney = asOf === undefined ? data : whole.data;
    return (
      <>
        <Outdated answer={answer} />
        {data.source === 'rows' ? (
          <JourneyOfRows journey={data} />
        ) : (
          <JourneyShown path={path} first={data} answer={answer}>
            {wholeJourney === undefined || wholeJourney.source === 'rows' ? null : (
              <TimeSlider whole={wholeJourney} asOf={asOf} />
            )}
          </JourneyShown>
        )}
      </>
    );
  }
  if (problem === undefined) return <Loading what={t('journey.name', { id })} rows={8} />;
  const customers = problem.members.customers;
  if (problem.status === 409 && Array.isArray(customers))
    return <WhoseJourney id={id} customers={customers.map(String)} />;
  const title = customerId === undefined ? t('journey.nobody') : t('journey.nobodyOf', { customerId });
  return <Missing what="journey" id={id} title={title} problem={problem} reload={reload} />;
}

/** The same id under two customers means two journeys. */
function WhoseJourney({ id, customers }: { id: string; customers: readonly string[] }) {
  return (
    <section className="panel narrow">
      <h1>{t('journey.whose')}</h1>
      <p>
        <Trans
          i18nKey="journey.several"
          count={customers.length}
          values={{ id }}
          components={{ id: <b className="id" /> }}
        />
      </p>
      <ul className="choices">
        {customers.map((customer) => (
          <li key={customer}>
            <JourneyLink id={id} customerId={customer} className="id">
              <bdi>{customer}</bdi>
            </JourneyLink>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The page while the log is unavailable: explanation and timeline are unknown. */
function JourneyOfRows({ journey }: { journey: JourneyFromRows }) {
  return (
    <>
      <LogAway settledTo={journey.settledTo} />
      <JourneyHead journey={journey} />
      <Parked events={journey.parkedEvents} />
      <Cut cut={journey.historyCut} />
    </>
  );
}

function JourneyShown(props: { path: string; first: Journey; answer: Shown<unknown>; children: ReactNode }) {
  const { path, first, answer, children } = props;
  const { asOf } = useAddress();
  const further = useFurther(path, first);
  const journey = useMemo(() => joined(further.pages), [further.pages]);
  return (
    <>
      <JourneyHead journey={first} />
      <Parked events={first.parkedEvents} />
      <Cut cut={first.historyCut} />
      {children}
      <Settling answer={answer} className="grid">
        <ScorePanel explanation={journey.explanation} type={journey.type} />
        <div className="stack">
          <ToCome journeyId={first.id} customerId={first.customerId} type={first.type} asOf={asOf} />
          <Panel title={t('journey.timeline')} note={timelineNote(journey)}>
            {journey.timeline.length === 0 ? (
              <Empty title={t('journey.noEvents')} />
            ) : (
              <Timeline entries={journey.timeline} type={journey.type} further={further} />
            )}
          </Panel>
          <RawEvents journeyId={first.id} customerId={first.customerId} />
        </div>
      </Settling>
    </>
  );
}

/** Joins the pages of one answer. */
function joined(pages: readonly Journey[]): Journey {
  const [first, ...others] = pages as [Journey, ...Journey[]];
  const { explanation } = first;
  const more = others.flatMap((page) => page.explanation.moments);
  const { count, points } = explanation.otherMoments;
  const left = {
    count: count - more.length,
    points: more.reduce((sum, moment) => sum - moment.share * moment.score, points),
  };
  return {
    ...first,
    timeline: pages.flatMap(({ timeline }) => timeline),
    explanation: {
      ...explanation,
      moments: [...explanation.moments, ...more],
      otherMoments: left,
      whatIf: pages.flatMap((page) => page.explanation.whatIf),
    },
  };
}

function timelineNote({ timeline, total }: Journey): string {
  if (timeline.length < total.timeline) {
    return t('journey.entriesOf', { shown: countText(timeline.length), all: countText(total.timeline) });
  }
  const due = timeline.filter(({ isFallenDue }) => isFallenDue).length;
  const entries = t('journey.entries', { count: timeline.length });
  return due === 0 ? entries : t('journey.entriesDue', { entries, due: countText(due) });
}

function JourneyHead({ journey }: { journey: JourneySummary }) {
  const { id, type, customerId, status, startedAt, lastAt, endedAt, score, level } = journey;
  const tookMs = Date.parse(endedAt ?? lastAt) - Date.parse(startedAt);
  return (
    <header className="subject">
      <div className="subject-name">
        <p className="eyebrow">
          {t('column.journey')} · <TypeName type={type} /> <StatusBadge status={status} />
        </p>
        <h1 className="id">
          <bdi>{id}</bdi>
        </h1>
        <p className="muted subject-of">
          <Trans i18nKey="journey.of" components={{ customer: <CustomerLink id={customerId} className="id" /> }} />
          <CopyLink />
          <ShareDialog journeyId={id} customerId={customerId} />
        </p>
      </div>
      <div className="subject-figure">
        <span className={`score-big level-text-${level || 'none'}`}>{scoreText(score)}</span>
        <span className="small muted">{levelText(level)}</span>
      </div>
      <dl className="facts">
        <Fact name={t('fact.started')}>
          <Time at={startedAt} />
        </Fact>
        <Fact name={endedAt === null ? t('fact.last') : t('fact.ended')}>
          <Time at={endedAt ?? lastAt} />
        </Fact>
        <Fact name={endedAt === null ? t('fact.soFar') : t('fact.took')}>{durationText(tookMs)}</Fact>
        <Count name={t('fact.moments')} n={journey.moments} />
        <Count name={t('fact.failures')} n={journey.failures} isBad />
        <Count name={t('fact.promises')} n={journey.brokenPromises} isBad>
          {journey.promisesKeptLate > 0 ? t('fact.keptLate', { n: countText(journey.promisesKeptLate) }) : null}
        </Count>
        <Count name={t('fact.complaints')} n={journey.openComplaints} isBad />
      </dl>
    </header>
  );
}

function Count(props: { name: string; n: number; isBad?: boolean; children?: string | null }) {
  const { name, n, isBad = false, children = null } = props;
  return (
    <Fact name={name}>
      <span className={isBad && n > 0 ? 'bad' : ''}>{countText(n)}</span>
      {children === null ? null : <span className="small muted fact-part"> {children}</span>}
    </Fact>
  );
}
