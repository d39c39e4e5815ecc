import { useWindowVirtualizer } from '@tanstack/react-virtual';
import type { TimelineEntry } from '@touchstone/api';
import { t } from 'i18next';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { Trans } from 'react-i18next';
import { StageMove, Time, Touchpoint, VerdictBadge } from '../components/parts.tsx';
import { useOffset } from '../components/use-offset.ts';
import type { Pages } from '../data/use-further.ts';
import { scoreText, signedText } from '../i18n/format.ts';
import { eventText, outcomeText, promiseStateText, reasonText, surveyText } from '../i18n/words.ts';

const ENTRY_HEIGHT_PX = 84;
const OVERSCAN = 20;

/**
 * All entries in the order of their effect, so that each score is the one from which the next entry
 * starts. Only those near the window are in the document, and further ones load before they are
 * reached.
 */
export function Timeline({
  entries,
  type,
  further,
}: {
  entries: readonly TimelineEntry[];
  type: string;
  further: Pages<unknown>;
}) {
  const box = useRef<HTMLOListElement>(null);
  const offset = useOffset(box, true);
  const inOrder = useMemo(() => withLateness(entries), [entries]);
  const virtual = useWindowVirtualizer({
    count: inOrder.length,
    estimateSize: () => ENTRY_HEIGHT_PX,
    overscan: OVERSCAN,
    scrollMargin: offset,
    // A new function would make it measure all entries anew.
    getItemKey: useCallback((index: number) => inOrder[index]?.entry.order ?? index, [inOrder]),
  });
  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  const { hasMore, isLoading, problem, more } = further;
  useEffect(() => {
    if (hasMore && !isLoading && problem === undefined && lastIndex >= inOrder.length - OVERSCAN) more();
  });
  const above = (items[0]?.start ?? offset) - offset;
  const below = Math.max(0, virtual.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset));
  return (
    <>
      <ol className="timeline" ref={box} style={{ paddingTop: above, paddingBottom: below }}>
        {items.map(({ index, key }) => {
          const shown = inOrder[index];
          return shown === undefined ? null : (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              aria-setsize={hasMore ? -1 : inOrder.length}
              aria-posinset={index + 1}
              className={`entry entry-${kindOf(shown.entry)}`}
              title={t('journey.eventFrom', { id: shown.entry.eventId, source: shown.entry.source })}
            >
              <Entry {...shown} type={type} />
            </li>
          );
        })}
      </ol>
      {problem === undefined ? null : (
        <p className="small bad">
          {problem.message}{' '}
          <button type="button" onClick={more}>
            {t('state.again')}
          </button>
        </p>
      )}
    </>
  );
}

/** An entry is late if it took effect after something that happened later. */
function withLateness(entries: readonly TimelineEntry[]) {
  let latest = Number.NEGATIVE_INFINITY;
  return entries
    .toSorted((a, b) => a.order - b.order)
    .map((entry) => {
      const at = Date.parse(entry.at);
      const isLate = at < latest;
      latest = Math.max(latest, at);
      return { entry, isLate };
    });
}

function Entry({ entry, isLate, type }: { entry: TimelineEntry; isLate: boolean; type: string }) {
  const { at, verdict, isFallenDue, isOutside, scoreBefore, scoreAfter } = entry;
  const isMove = entry.to !== undefined;
  return (
    <>
      <p className="entry-head">
        <Title entry={entry} type={type} />
        {verdict === null ? null : <VerdictBadge verdict={verdict} />}
        {isFallenDue ? <span className="badge due">{t('journey.fellDue')}</span> : null}
        {isLate ? <span className="badge due">{t('journey.toldLate')}</span> : null}
      </p>
      <p className="small muted">
        <Time at={at} />
        {detailsOf(entry).map((detail) => ` · ${detail}`)}
        {isOutside && !isFallenDue ? ` · ${t('journey.outside')}` : ''}
      </p>
      {entry.expects?.map((expected) => (
        <Expected key={expected.promiseId} {...{ expected, type }} />
      ))}
      {isMove ? null : <Effect before={scoreBefore} after={scoreAfter} />}
    </>
  );
}

type ExpectedPromise = NonNullable<TimelineEntry['expects']>[number];

/** A touchpoint that is expected since the entry, and whether it was reached. */
function Expected({ expected, type }: { expected: ExpectedPromise; type: string }) {
  const { touchpoint, dueAt, state, closedAt } = expected;
  return (
    <p className="small muted">
      <Trans
        i18nKey="journey.expectedBy"
        components={{ place: <Touchpoint name={touchpoint} type={type} />, time: <Time at={dueAt} /> }}
      />
      {state === 'open' ? '' : ` · ${promiseStateText(state).toLowerCase()}`}
      {closedAt === null ? null : (
        <>
          {' '}
          <Time at={closedAt} />
        </>
      )}
    </p>
  );
}

function kindOf({ verdict, isFallenDue, to }: TimelineEntry): string {
  if (to !== undefined) return 'move';
  return verdict ?? (isFallenDue ? 'due' : 'other');
}

/**
 * A moment's title is its touchpoint and an answer's its survey; any other entry is titled by its
 * event.
 */
function Title({ entry, type }: { entry: TimelineEntry; type: string }) {
  const { touchpoint, instrument, outcome, from, to } = entry;
  if (from !== undefined && to !== undefined) return <StageMove from={from} to={to} />;
  if (touchpoint === null) {
    return <strong>{instrument === undefined ? eventText(entry.type) : surveyText(instrument, null)}</strong>;
  }
  const place = <Touchpoint name={touchpoint} type={type} />;
  if (outcome !== null) return <strong>{place}</strong>;
  return (
    <strong>
      {instrument === undefined ? (
        <Trans
          i18nKey="journey.eventAt"
          values={{ event: eventText(entry.type, entry.expected) }}
          components={{ place }}
        />
      ) : (
        <Trans
          i18nKey="journey.surveyAtPlace"
          values={{ survey: surveyText(instrument, null) }}
          components={{ place }}
        />
      )}
    </strong>
  );
}

function detailsOf(entry: TimelineEntry): readonly string[] {
  const { channel, outcome, score, complaintId, because } = entry;
  // The id of an expected promise says nothing that its touchpoint does not.
  const promiseId = entry.expected ? undefined : entry.promiseId;
  const told = outcome === null ? null : outcomeText(outcome);
  const details = [channel, told, promiseId, complaintId].filter((detail) => detail !== null && detail !== undefined);
  if (because !== undefined) details.push(reasonText(because));
  if (score !== null) details.push(t('journey.scored', { score: scoreText(score) }));
  return details;
}

/** The journey's score before and after the entry, as text and on a line from 0 to 100. */
function Effect({ before, after }: { before: number | null; after: number | null }) {
  if (after === null) return null;
  const change = after - (before ?? after);
  const direction = Math.abs(change) < 0.05 ? 'same' : change > 0 ? 'up' : 'down';
  const left = Math.min(before ?? after, after);
  return (
    <p className={`effect effect-${direction}`}>
      <span className="effect-text">
        <span className="hidden">{t('column.score')} </span>
        {before === null ? `${t('journey.firstScore')} ` : `${scoreText(before)} → `}
        <b>{scoreText(after)}</b>
        {direction === 'same' ? '' : <span className="effect-change"> {signedText(change)}</span>}
      </span>
      <span className="effect-track" aria-hidden="true">
        <i className="effect-range" style={{ left: `${left}%`, width: `${Math.abs(change)}%` }} />
        <i className="effect-point" style={{ left: `${after}%` }} />
      </span>
    </p>
  );
}
