import type { HistoryCut, JourneyStatus, JourneySummary, Stage, Verdict } from '@touchstone/api';
import { t } from 'i18next';
import { createContext, type ReactNode, useContext, useId } from 'react';
import { Trans } from 'react-i18next';
import { useTitles } from '../data/titles.ts';
import type { Pages } from '../data/use-further.ts';
import { JourneyLink } from '../frame/links.tsx';
import { agoText, listText, missing, scoreText, timeText } from '../i18n/format.ts';
import { levelText, stages, stageText, statusText, verdictText } from '../i18n/words.ts';

/** Small components that several pages share. */

/** Tells panels of one title apart, where a page has two; read out, not seen. */
const Whose = createContext('');
export const PanelsOf = Whose.Provider;

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
  const id = useId();
  const whose = useContext(Whose);
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <div className="panel-head">
        <div>
          <h2 id={id}>
            {title}
            {whose === '' ? null : <span className="hidden"> · {whose}</span>}
          </h2>
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

export function StageBadge({ stage }: { stage: Stage }) {
  return <span className={`badge stage-${stage}`}>{stageText(stage)}</span>;
}

export function StageMove({ from, to }: { from: Stage; to: Stage }) {
  return (
    <span className="move">
      <span className="hidden">{stages.indexOf(to) > stages.indexOf(from) ? t('move.rose') : t('move.fell')}</span>
      <StageBadge stage={from} />
      <span aria-hidden="true">→</span>
      <span className="hidden">{t('move.to')}</span>
      <StageBadge stage={to} />
    </span>
  );
}

export function StatusBadge({ status }: { status: JourneyStatus }) {
  return <span className={`badge status-${status}`}>{statusText(status)}</span>;
}

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  return (
    <span className={`badge verdict-${verdict}`} title={t('verdict.meaning')}>
      {verdictText(verdict)}
    </span>
  );
}

/**
 * A dotted name that may break after its dots, so that it stays legible in a narrow column. It
 * turns the direction of nothing around it.
 */
export function Breakable({ name }: { name: string }) {
  // A zero-width space after each separator allows a line break there.
  return <bdi>{name.replace(/[._/:-]+/g, (separator) => `${separator}\u200b`)}</bdi>;
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
      <Trans i18nKey="parts.parked" count={events} components={{ strong: <strong />, code: <code /> }} />
    </p>
  );
}

/** Tells that the beginning of a customer's history is missing, and since when it is whole. */
export function Cut({ cut }: { cut: HistoryCut | undefined }) {
  if (cut === undefined) return null;
  return (
    <p className="note warn" role="status">
      <strong>{t('parts.cut')}</strong>{' '}
      {cut.from === null ? (
        t('parts.cutWhole')
      ) : (
        <Trans i18nKey="parts.cutSince" components={{ time: <Time at={cut.from} /> }} />
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

/** Problems of a journey in words; a dash if there are none. */
export function troublesText(journey: JourneySummary): string {
  const { failures, brokenPromises, promisesKeptLate, openComplaints } = journey;
  const troubles: string[] = [];
  if (failures > 0) troubles.push(t('trouble.failures', { count: failures }));
  if (brokenPromises > 0) {
    const notKept = t('trouble.promises', { count: brokenPromises });
    troubles.push(promisesKeptLate === 0 ? notKept : t('trouble.keptLate', { notKept, late: promisesKeptLate }));
  }
  if (openComplaints > 0) troubles.push(t('trouble.complaints', { count: openComplaints }));
  return troubles.length === 0 ? missing : listText(troubles);
}

export function JourneyTable({ label, journeys }: { label: string; journeys: readonly JourneySummary[] }) {
  return (
    <Scrolling label={label}>
      <table className="rows journeys">
        <thead>
          <tr>
            <th scope="col">{t('column.score')}</th>
            <th scope="col">{t('column.journey')}</th>
            <th scope="col">{t('column.troubles')}</th>
            <th scope="col">{t('column.status')}</th>
            <th scope="col">{t('column.lastAt')}</th>
          </tr>
        </thead>
        <tbody>
          {journeys.map((journey) => (
            <JourneyRow key={`${journey.customerId} ${journey.id}`} journey={journey} />
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function JourneyRow({ journey }: { journey: JourneySummary }) {
  return (
    <tr>
      <td>
        <ScoreCell score={journey.score} level={journey.level} />
      </td>
      <td>
        <JourneyLink id={journey.id} customerId={journey.customerId} className="id" />
        <div className="small muted">
          <TypeName type={journey.type} />
        </div>
      </td>
      <td className="wrap">{troublesText(journey)}</td>
      <td>
        <StatusBadge status={journey.status} />
      </td>
      <td className="muted when">
        <Time at={journey.lastAt} />
      </td>
    </tr>
  );
}

/** A journey type by its title in force, else by its name. */
export function TypeName({ type }: { type: string }) {
  return useTitles().journey(type) ?? type;
}

/** A button that requests the next page of a list; nothing if there is none. */
export function MoreButton({ of: { hasMore, isLoading, problem, more } }: { of: Pages<unknown> }) {
  if (!hasMore) return null;
  return (
    <>
      <button type="button" className="more" disabled={isLoading} onClick={more}>
        {isLoading ? t('parts.loadingMore') : t('parts.more')}
      </button>
      {problem === undefined ? null : <p className="small bad">{problem.message}</p>}
    </>
  );
}

/** A figure of the head of a page, under its name; stands in a `dl`. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
