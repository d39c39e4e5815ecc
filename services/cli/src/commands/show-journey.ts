import type { ExplainedMoment, Explanation, Journey, JourneyFromRows, TimelineEntry } from '@touchstone/api';
import { shortTypeOf } from '@touchstone/journey';
import { bar, colourOfScore, decimal, moment, plain, style, table } from '../terminal/style.ts';
import { noTitles, type Titles } from './titles.ts';
import { adjustmentWords, awayNote, notKeptWords, surveyWords, verdictWords } from './words.ts';

const BAR_WIDTH = 24;

/** A journey for a terminal: its score, the explanation, and the timeline. */
export function showJourney(journey: Journey | JourneyFromRows, titles: Titles = noTitles): string {
  const nameOf = (touchpoint: string) => titles.touchpoint(journey.type, touchpoint);
  const parts = [
    headOf(journey, titles),
    awayNote(journey),
    ...(journey.source === 'rows' ? [] : [explanationOf(journey, nameOf), timelineOf(journey, nameOf)]),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The display name of a touchpoint. */
type NameOf = (touchpoint: string) => string;

function headOf(journey: Journey | JourneyFromRows, titles: Titles): string {
  const { score } = journey;
  const paint = colourOfScore(score);
  const ended = journey.endedAt === null ? '' : `, ended ${moment(journey.endedAt)}`;
  const { failures, brokenPromises, openComplaints } = journey;
  const troubles = [
    failures > 0 ? `${failures} failures` : '',
    brokenPromises > 0 ? notKeptWords(brokenPromises, journey.promisesKeptLate) : '',
    openComplaints > 0 ? `${openComplaints} open complaints` : '',
  ]
    .filter((text) => text !== '')
    .map((text) => style.red(text));
  return [
    `${style.bold(plain(journey.id))}  ${titles.journey(journey.type)} of customer ${plain(journey.customerId)}`,
    `${journey.status} since ${moment(journey.startedAt)}${ended}; ${journey.moments} moments${troubles.map((text) => `, ${text}`).join('')}`,
    score === null
      ? style.dim('not scored yet')
      : `${paint(decimal(score))} ${paint(bar(score, 100, BAR_WIDTH))} ${style.bold(journey.level ?? '')}`,
  ].join('\n');
}

/**
 * Each line contributes `share × score` to the sum; adjustments, the clamp to 0..100 and the veto
 * follow.
 */
function explanationOf({ explanation }: Journey, nameOf: NameOf): string {
  if (explanation.moments.length === 0) return style.dim('Nothing is scored, so there is nothing to explain.');
  const header = ['time (UTC)', 'touchpoint', 'verdict', '>expected', '>got', '>score', '>share', '>gives', ''];
  const rows = [...explanation.moments.map((entry) => momentRow(entry, nameOf)), ...sumRows(explanation)];
  return `${style.bold('How the score comes about')}\n${table(header, rows)}`;
}

function momentRow(entry: ExplainedMoment, nameOf: NameOf): string[] {
  const given = entry.share * entry.score;
  const paint = colourOfScore(entry.score);
  return [
    moment(entry.at),
    whatWasScored(entry, nameOf),
    paint(verdictWords(entry.verdict)),
    decimal(entry.expectation),
    decimal(entry.perception),
    paint(decimal(entry.score)),
    `${decimal(100 * entry.share)}%`,
    decimal(given),
    paint(bar(given, 100, BAR_WIDTH)),
  ];
}

function whatWasScored({ instrument, touchpoint }: ExplainedMoment, nameOf: NameOf): string {
  const name = touchpoint ? nameOf(touchpoint) : null;
  return instrument ? surveyWords(plain(instrument), name) : (name ?? '(feedback)');
}

function sumRows({ moments, adjustments, cap, score }: Explanation): string[][] {
  const row = (what: string, given: string, barOf: number | null) => {
    const drawn = barOf === null ? '' : bar(barOf, 100, BAR_WIDTH);
    return ['', what, '', '', '', '', '', given, drawn];
  };
  let sum = moments.reduce((total, entry) => total + entry.share * entry.score, 0);
  const rows = [row('moments together', decimal(sum), sum)];
  for (const { kind, points } of adjustments) {
    if (points === 0) continue;
    sum += points;
    rows.push(row(plain(adjustmentWords(kind)), style.red(decimal(points)), sum));
  }
  if (cap !== null) {
    rows.push(row(style.red('veto: a critical failure stands'), style.red(`≤ ${decimal(cap)}`), null));
  }
  rows.push(row(style.bold('score'), style.bold(decimal(score)), score ?? 0));
  return rows;
}

/** Ordered by effect, so that each score is the one from which the next line starts. */
function timelineOf({ timeline }: Journey, nameOf: NameOf): string {
  const inOrder = [...timeline].sort((a, b) => a.order - b.order);
  let latest = '';
  const rows = inOrder.flatMap((entry) => {
    const isLate = entry.at < latest;
    if (!isLate) latest = entry.at;
    const expected = (entry.expects ?? []).map((each) => expectedRow(each, nameOf));
    return [timelineRow(entry, isLate, nameOf), ...expected];
  });
  const header = ['time (UTC)', 'event', 'touchpoint', 'outcome', '>score', '>change', ''];
  return `${style.bold('What happened')}\n${table(header, rows)}`;
}

function timelineRow(entry: TimelineEntry, isLate: boolean, nameOf: NameOf): string[] {
  const change = (entry.scoreAfter ?? 0) - (entry.scoreBefore ?? 0);
  const moved = entry.scoreAfter === entry.scoreBefore ? '' : entry.scoreBefore === null ? 'first' : signed(change);
  return [
    moment(entry.at),
    plain(eventWords(entry)),
    entry.touchpoint ? nameOf(entry.touchpoint) : '',
    plain(entry.outcome ?? ''),
    decimal(entry.scoreAfter),
    change < 0 && entry.scoreBefore !== null ? style.red(moved) : style.green(moved),
    style.dim([entry.isFallenDue ? 'fell due' : '', isLate ? 'told late' : ''].filter(Boolean).join(', ')),
  ];
}

type ExpectedPromise = NonNullable<TimelineEntry['expects']>[number];

/** A touchpoint that is expected since the event of the line above. */
function expectedRow({ touchpoint, dueAt, state, closedAt }: ExpectedPromise, nameOf: NameOf): string[] {
  const news = state === 'open' ? '' : `${state}${closedAt === null ? '' : ` ${moment(closedAt)}`}`;
  return ['', style.dim(`expected by ${moment(dueAt)}`), nameOf(touchpoint), '', '', '', style.dim(plain(news))];
}

function eventWords({ type, instrument, promiseId, expected, from, to, because }: TimelineEntry): string {
  if (from && to) return `trust ${from} → ${to}: ${because ?? ''}`;
  if (instrument) return `answer to ${surveyWords(instrument, null)}`;
  if (type === BROKEN && expected) return 'not reached by the time expected';
  if (type === BROKEN) return `promise ${promiseId ?? ''} not kept in time`;
  if (type === 'touchstone.change.journey-abandoned.v1') return 'journey abandoned';
  return promiseId ? `${shortTypeOf(type)} ${promiseId}` : shortTypeOf(type);
}

const BROKEN = 'touchstone.change.promise-broken.v1';

const signed = (value: number) => (value > 0 ? `+${decimal(value)}` : decimal(value));
