import { useNavigate } from '@tanstack/react-router';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import type { ReactNode } from 'react';
import { JourneyLink } from '../frame/links.tsx';
import { durationText, missing, scoreText, shortDayText, timeText } from '../i18n/format.ts';
import { promiseStateText, stageText, statusText } from '../i18n/words.ts';
import { AxisMarks } from '../marks/axis-marks.tsx';
import { lineThrough } from '../overview/course-line.ts';
import type { ToldBiography } from './biography.ts';

/** A silence that is not longer than this is never drawn as long. */
const LONG_SILENCE_MS = 30 * DAY_MS;

/** A share of the line's width from its begin to now. */
type Place = (at: number) => string;

/** One row for each kind of thing, all on the same time, from the first event to now. */
export function Biography({ told }: { told: ToldBiography }) {
  const span = Math.max(1, told.now - told.start);
  const place: Place = (at) => `${Math.min(100, Math.max(0, ((at - told.start) / span) * 100))}%`;
  return (
    <div className="biography">
      <Row name={t('biography.trust')}>
        {told.stages.map(({ stage, from, to }) => (
          <Bar
            key={from}
            className={`band-${stage}`}
            {...{ place, from, to }}
            title={`${stageText(stage)} · ${shortDayText(from)}`}
          >
            {stageText(stage)}
          </Bar>
        ))}
      </Row>
      <Row name={t('biography.moments')}>
        {told.moments.map(({ at, touchpoint, isFailure }, index) => (
          <i
            key={`${at} ${index}`}
            className={`bio-dot ${isFailure ? 'bio-dot-bad' : ''}`}
            style={{ left: place(at) }}
            title={`${touchpoint} · ${timeText(at)}`}
          />
        ))}
        <Silence told={told} place={place} />
      </Row>
      <Satisfaction told={told} />
      <Journeys told={told} place={place} />
      <Promises told={told} place={place} />
      <Row name={t('biography.purchases')}>
        {told.purchases.map(({ at }, index) => (
          <i key={`${at} ${index}`} className="bio-diamond" style={{ left: place(at) }} title={timeText(at)} />
        ))}
      </Row>
      <Complaints told={told} place={place} />
      <div className="bio-marks">
        <AxisMarks start={told.start} end={told.now} />
      </div>
      <div className="bio-axis small muted" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <span key={part}>{part === 1 ? t('slider.now') : shortDayText(told.start + span * part)}</span>
        ))}
      </div>
    </div>
  );
}

function Row({ name, lanes = 1, children }: { name: string; lanes?: number; children: ReactNode }) {
  return (
    <div className="bio-row">
      <h3>{name}</h3>
      <div className="bio-line" style={{ height: lanes * 26 }}>
        {children}
      </div>
    </div>
  );
}

function Bar(props: {
  className: string;
  place: Place;
  from: number;
  to: number;
  lane?: number;
  title: string;
  children?: ReactNode;
}) {
  const { className, place, from, to, lane = 0, title, children } = props;
  const style = { left: place(from), right: `calc(100% - ${place(to)})`, top: lane * 26 + 3 };
  return (
    <span className={`bio-bar ${className}`} style={style} title={title}>
      {children}
    </span>
  );
}

/** The time since the last visit, up to now. */
function Silence({ told, place }: { told: ToldBiography; place: Place }) {
  const { silenceFrom, silenceMs, now, rhythmMs } = told;
  if (silenceMs <= 0) return null;
  const isLong = rhythmMs !== null && silenceMs > Math.max(2 * rhythmMs, LONG_SILENCE_MS);
  return (
    <>
      <Bar
        className={`bio-silence ${isLong ? 'bio-silence-long' : ''}`}
        {...{ place, from: silenceFrom, to: now }}
        title={t('biography.silence', { silence: durationText(silenceMs) })}
      />
      {rhythmMs === null ? null : (
        <Bar
          className="bio-rhythm"
          {...{ place, from: silenceFrom, to: Math.min(now, silenceFrom + rhythmMs) }}
          title={t('biography.theirRhythm', { rhythm: durationText(rhythmMs) })}
        />
      )}
    </>
  );
}

const SATISFACTION_LANES = 2;

/** Satisfaction S from move to move of the stage, as a line from 0 to 100. */
function Satisfaction({ told }: { told: ToldBiography }) {
  const { satisfactions, start, now } = told;
  const span = Math.max(1, now - start);
  const points = satisfactions.map(({ at, value }) => [((at - start) / span) * 1000, 100 - value] as const);
  return (
    <Row name={t('column.satisfaction')} lanes={SATISFACTION_LANES}>
      <svg className="bio-satisfaction" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
        <path d={lineThrough(points)} />
      </svg>
      {satisfactions.map(({ at, value }, index) => (
        <i
          key={`${at} ${index}`}
          className="bio-point"
          style={{ left: `${((at - start) / span) * 100}%`, top: `${100 - value}%` }}
          title={`${scoreText(value)} · ${timeText(at)}`}
        />
      ))}
    </Row>
  );
}

function Journeys({ told, place }: { told: ToldBiography; place: Place }) {
  return (
    <Row name={t('page.journeys')} lanes={told.lanes}>
      {told.journeys.map(({ journey, from, to, lane }) => {
        const { id, customerId, level, score, status } = journey;
        const style = { left: place(from), right: `calc(100% - ${place(to)})`, top: lane * 26 + 3 };
        const title = `${id} · ${scoreText(score)} · ${statusText(status)}`;
        return (
          <span key={id} className={`bio-bar bio-journey level-${level || 'none'}`} style={style} title={title}>
            <JourneyLink id={id} customerId={customerId} aria-label={title}>
              {' '}
            </JourneyLink>
          </span>
        );
      })}
    </Row>
  );
}

/**
 * Brackets from when a promise was made to when it was due; the delay after that is drawn behind.
 */
function Promises({ told, place }: { told: ToldBiography; place: Place }) {
  return (
    <Row name={t('biography.promises')}>
      {told.promises.map(({ promise, made, due, closed }) => {
        const { id, state, what, touchpoint } = promise;
        const title = `${what ?? touchpoint ?? id} · ${promiseStateText(state)} · ${timeText(due)}`;
        const lateTo = state === 'kept-late' && closed !== null ? closed : state === 'broken' ? told.now : null;
        return (
          <span key={id}>
            {lateTo === null || lateTo <= due ? null : (
              <Bar className="bio-late" {...{ place, from: due, to: lateTo, title }} />
            )}
            <Bar
              className={`bio-promise bio-promise-${state}`}
              {...{ place, from: made, to: Math.min(due, told.now), title }}
            />
          </span>
        );
      })}
    </Row>
  );
}

function Complaints({ told, place }: { told: ToldBiography; place: Place }) {
  const navigate = useNavigate();
  return (
    <Row name={t('list.complaints')}>
      {told.complaints.map(({ complaint, at, until }) => {
        const { id, journeyId, customerId, resolvedAt, severity } = complaint;
        const state = promiseStateText(resolvedAt === null ? 'open' : 'resolved');
        const title = `${id} · ${severity ?? missing} · ${state} · ${timeText(at)}`;
        return (
          <span key={id}>
            <Bar
              className={`bio-complaint ${resolvedAt === null ? 'bio-complaint-open' : ''}`}
              {...{ place, from: at, to: until, title }}
            />
            <button
              type="button"
              className="bio-flag"
              style={{ left: place(at) }}
              title={title}
              aria-label={title}
              disabled={journeyId === null}
              onClick={() =>
                journeyId === null
                  ? undefined
                  : void navigate({ to: '/journeys/$journeyId', params: { journeyId }, search: { customerId } })
              }
            >
              ⚑
            </button>
          </span>
        );
      })}
    </Row>
  );
}
