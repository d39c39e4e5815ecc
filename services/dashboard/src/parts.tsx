import type { HistoryCut, JourneyStatus, JourneySummary, Stage, Verdict } from '@touchstone/api';
import type { ReactNode } from 'react';
import { agoText, pluralText, scoreText, timeText } from './format.ts';
import { customerPath, journeyPath } from './route.ts';
import { Link } from './router.tsx';
import { useTitles } from './titles.ts';
import type { Pages } from './use-pages.ts';
import { levelText, stages, verdictText } from './words.ts';

/** Small components that several pages share. */

export function Panel({
  title,
  note,
  tools,
  className = '',
  children,
}: {
  title: string;
  note?: ReactNode;
  tools?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const id = `panel-${title.toLowerCase().replace(/\W+/g, '-')}`;
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <div className="panel-head">
        <div>
          <h2 id={id}>{title}</h2>
          {note === undefined ? null : <p className="small muted">{note}</p>}
        </div>
        {tools}
      </div>
      {children}
    </section>
  );
}

/** Scrolls sideways on a narrow screen, by keyboard too. */
export function Scrolling({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in; a region would repeat the panel around it.
    <div className="scrolling" role="group" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

export function Time({ at, now }: { at: string; now?: string }) {
  return (
    <time dateTime={at} title={now === undefined ? at : `${timeText(at)} · ${at}`}>
      {now === undefined ? timeText(at) : agoText(at, now)}
    </time>
  );
}

function StageBadge({ stage }: { stage: Stage }) {
  return <span className={`badge stage-${stage}`}>{stage}</span>;
}

export function StageMove({ from, to }: { from: Stage; to: Stage }) {
  return (
    <span className="move">
      <span className="hidden">{stages.indexOf(to) > stages.indexOf(from) ? 'rose from' : 'fell from'}</span>
      <StageBadge stage={from} />
      <span aria-hidden="true">→</span>
      <span className="hidden">to</span>
      <StageBadge stage={to} />
    </span>
  );
}

export function StatusBadge({ status }: { status: JourneyStatus }) {
  return <span className={`badge status-${status}`}>{status}</span>;
}

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  return (
    <span className={`badge verdict-${verdict}`} title="What the customer got, against what they expected">
      {verdictText[verdict]}
    </span>
  );
}

/** A dotted name that may break after its dots, so that it stays legible in a narrow column. */
export function Breakable({ name }: { name: string }) {
  // A zero-width space after each separator allows a line break there.
  return name.replace(/[._/:-]+/g, (separator) => `${separator}\u200b`);
}

/**
 * A touchpoint's title with its name below, or only the name if no definition in force has a title
 * for it.
 */
export function Touchpoint({ name, type }: { name: string; type?: string | undefined }) {
  const title = useTitles().touchpoint(name, type);
  if (title === null || title === name) return <Breakable name={name} />;
  return (
    <>
      {title}{' '}
      <span className="small muted name">
        <Breakable name={name} />
      </span>
    </>
  );
}

/**
 * A warning that the figures below lack some events of this customer, so that nobody takes them for
 * complete.
 */
export function Parked({ events }: { events: number | undefined }) {
  if (events === undefined || events === 0) return null;
  return (
    <p className="note warn" role="status">
      <strong>{pluralText(events, 'event')} of this customer could not be taken</strong> and{' '}
      {events === 1 ? 'is' : 'are'} missing here. The reasons stand in <code>/v1/parked</code>.
    </p>
  );
}

/** Tells that the beginning of a customer's history is missing, and since when it is whole. */
export function Cut({ cut }: { cut: HistoryCut | undefined }) {
  if (cut === undefined) return null;
  return (
    <p className="note warn" role="status">
      <strong>The beginning of this history is missing.</strong> It was deleted in the event store;{' '}
      {cut.from === null ? (
        'no event from before is left.'
      ) : (
        <>
          shown is what was stored since <Time at={cut.from} />.
        </>
      )}
    </p>
  );
}

/** The score as a number and as a bar. */
export function ScoreCell({ score, level }: { score: number | null; level: string | null }) {
  return (
    <span className="score-cell" title={levelText(level)}>
      <span className="score-track" aria-hidden="true">
        <i className={`level-${level || 'none'}`} style={{ width: `${score ?? 0}%` }} />
      </span>
      <span className="number">{scoreText(score)}</span>
    </span>
  );
}

/** Broken promises and promises kept late together, and how many of them were kept late. */
function notKeptText(promises: number, keptLate: number): string {
  const text = pluralText(promises, 'promise not kept in time', 'promises not kept in time');
  return keptLate === 0 ? text : `${text}, of these ${keptLate} kept late`;
}

/** Problems of a journey in words; a dash if there are none. */
export function troublesText(journey: JourneySummary): string {
  const troubles: string[] = [];
  if (journey.failures > 0) troubles.push(pluralText(journey.failures, 'failure'));
  if (journey.brokenPromises > 0) troubles.push(notKeptText(journey.brokenPromises, journey.promisesKeptLate));
  if (journey.openComplaints > 0) troubles.push(pluralText(journey.openComplaints, 'open complaint'));
  return troubles.length === 0 ? '–' : troubles.join(', ');
}

export function JourneyTable({
  label,
  journeys,
  now,
  showCustomer,
}: {
  label: string;
  journeys: readonly JourneySummary[];
  now?: string | undefined;
  showCustomer: boolean;
}) {
  return (
    <Scrolling label={label}>
      <table className="rows journeys">
        <thead>
          <tr>
            <th scope="col">Score</th>
            <th scope="col">{showCustomer ? 'Journey, customer' : 'Journey'}</th>
            <th scope="col">What went wrong</th>
            <th scope="col">Status</th>
            <th scope="col">Last event</th>
          </tr>
        </thead>
        <tbody>
          {journeys.map((journey) => (
            <JourneyRow key={`${journey.customerId} ${journey.id}`} {...{ journey, now, showCustomer }} />
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function JourneyRow({
  journey,
  now,
  showCustomer,
}: {
  journey: JourneySummary;
  now: string | undefined;
  showCustomer: boolean;
}) {
  const titles = useTitles();
  return (
    <tr>
      <td>
        <ScoreCell score={journey.score} level={journey.level} />
      </td>
      <td>
        <Link to={journeyPath(journey.id, journey.customerId)} className="id">
          {journey.id}
        </Link>
        <div className="small muted">
          {titles.journey(journey.type) ?? journey.type}
          {showCustomer ? (
            <>
              {' · '}
              <Link to={customerPath(journey.customerId)} className="id">
                {journey.customerId}
              </Link>
            </>
          ) : null}
        </div>
      </td>
      <td className="wrap">{troublesText(journey)}</td>
      <td>
        <StatusBadge status={journey.status} />
      </td>
      <td className="muted when">
        <Time at={journey.lastAt} {...(now === undefined ? {} : { now })} />
      </td>
    </tr>
  );
}

/** A button that requests the next page of a list; nothing if there is none. */
export function MoreButton({ of: { hasMore, isLoading, problem, more } }: { of: Pages<unknown> }) {
  if (!hasMore) return null;
  return (
    <>
      <button type="button" className="more" disabled={isLoading} onClick={more}>
        {isLoading ? 'Loading more …' : 'Load more'}
      </button>
      {problem === undefined ? null : <p className="small bad">{problem.message}</p>}
    </>
  );
}
