import type { Journey, JourneyFromRows, JourneySummary } from '@touchstone/api';
import { useMemo } from 'react';
import { countText, durationText, pluralText, scoreText } from '../format.ts';
import { Cut, Panel, Parked, StatusBadge, Time } from '../parts.tsx';
import { refreshMs } from '../refresh.ts';
import { customerPath, journeyPath } from '../route.ts';
import { Link } from '../router.tsx';
import { Empty, Loading, LogAway, Missing, Outdated, usePageTitle } from '../states.tsx';
import { useTitles } from '../titles.ts';
import { useAnswer } from '../use-answer.ts';
import { usePages } from '../use-pages.ts';
import { levelText } from '../words.ts';
import { ScorePanel } from './score-panel.tsx';
import { Timeline } from './timeline.tsx';

export function JourneyPage({ id, search }: { id: string; search: string }) {
  usePageTitle(`Journey ${id}`);
  const customerId = new URLSearchParams(search).get('customerId');
  const query = customerId === null ? '' : `?customerId=${encodeURIComponent(customerId)}`;
  const path = `/v1/journeys/${encodeURIComponent(id)}${query}`;
  const answer = useAnswer<Journey | JourneyFromRows>(path, refreshMs);
  const { data, problem, reload } = answer;
  if (data !== undefined) {
    return (
      <>
        <Outdated answer={answer} />
        {data.source === 'rows' ? <JourneyOfRows journey={data} /> : <JourneyShown path={path} first={data} />}
      </>
    );
  }
  if (problem === undefined) return <Loading what={`journey ${id}`} rows={8} />;
  const customers = problem.members.customers;
  if (problem.status === 409 && Array.isArray(customers))
    return <WhoseJourney id={id} customers={customers.map(String)} />;
  const title = customerId === null ? 'No journey has this id' : `Customer ${customerId} has no journey with this id`;
  return <Missing what="journey" id={id} title={title} problem={problem} reload={reload} />;
}

/** The same id under two customers means two journeys. */
function WhoseJourney({ id, customers }: { id: string; customers: readonly string[] }) {
  return (
    <section className="panel narrow">
      <h1>Whose journey?</h1>
      <p>
        {pluralText(customers.length, 'customer')} have a journey with the id <b className="id">{id}</b>. Each is a
        journey of its own.
      </p>
      <ul className="choices">
        {customers.map((customer) => (
          <li key={customer}>
            <Link to={journeyPath(id, customer)} className="id">
              {customer}
            </Link>
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

function JourneyShown({ path, first }: { path: string; first: Journey }) {
  const further = usePages(path, first);
  const journey = useMemo(() => joined(further.pages), [further.pages]);
  return (
    <>
      <JourneyHead journey={first} />
      <Parked events={first.parkedEvents} />
      <Cut cut={first.historyCut} />
      <div className="grid">
        <ScorePanel explanation={journey.explanation} type={journey.type} />
        <Panel title="Timeline" note={timelineNote(journey)}>
          {journey.timeline.length === 0 ? (
            <Empty title="No events up to this time" />
          ) : (
            <Timeline entries={journey.timeline} type={journey.type} further={further} />
          )}
        </Panel>
      </div>
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
    explanation: { ...explanation, moments: [...explanation.moments, ...more], otherMoments: left },
  };
}

function timelineNote({ timeline, total }: Journey): string {
  if (timeline.length < total.timeline) {
    return `${countText(timeline.length)} of ${countText(total.timeline)} entries.`;
  }
  const due = timeline.filter(({ isFallenDue }) => isFallenDue).length;
  const entries = pluralText(timeline.length, 'entry', 'entries');
  return due === 0 ? `${entries}.` : `${entries}, ${due} of which fell due with time alone.`;
}

function JourneyHead({ journey }: { journey: JourneySummary }) {
  const { id, type, customerId, status, startedAt, lastAt, endedAt, score, level } = journey;
  const titles = useTitles();
  const tookMs = Date.parse(endedAt ?? lastAt) - Date.parse(startedAt);
  return (
    <header className="subject">
      <div className="subject-name">
        <p className="eyebrow">
          Journey · {titles.journey(type) ?? type} <StatusBadge status={status} />
        </p>
        <h1 className="id">{id}</h1>
        <p className="muted">
          of customer{' '}
          <Link to={customerPath(customerId)} className="id">
            {customerId}
          </Link>
        </p>
      </div>
      <div className="subject-figure">
        <span className={`score-big level-text-${level || 'none'}`}>{scoreText(score)}</span>
        <span className="small muted">{levelText(level)}</span>
      </div>
      <dl className="facts">
        <div>
          <dt>Started</dt>
          <dd>
            <Time at={startedAt} />
          </dd>
        </div>
        <div>
          <dt>{endedAt === null ? 'Last event' : 'Ended'}</dt>
          <dd>
            <Time at={endedAt ?? lastAt} />
          </dd>
        </div>
        <div>
          <dt>{endedAt === null ? 'So far' : 'Took'}</dt>
          <dd>{durationText(tookMs)}</dd>
        </div>
        <Count name="Moments" n={journey.moments} />
        <Count name="Failures" n={journey.failures} isBad />
        <Count name="Promises not kept in time" n={journey.brokenPromises} isBad>
          {journey.promisesKeptLate > 0 ? `of these ${journey.promisesKeptLate} kept late` : null}
        </Count>
        <Count name="Open complaints" n={journey.openComplaints} isBad />
      </dl>
    </header>
  );
}

function Count(props: { name: string; n: number; isBad?: boolean; children?: string | null }) {
  const { name, n, isBad = false, children = null } = props;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span className={isBad && n > 0 ? 'bad' : ''}>{n}</span>
        {children === null ? null : <span className="small muted fact-part"> {children}</span>}
      </dd>
    </div>
  );
}
