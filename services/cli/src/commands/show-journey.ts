import { shortTypeOf } from '../import/mapping.ts';
import { bar, colourOfScore, decimal, moment, plain, style, table } from '../terminal/style.ts';
import type { JourneyAnswer } from './answers.ts';

const BAR_WIDTH = 24;

/** A journey for a terminal: its score, how it comes about, and what happened. */
export function showJourney(journey: JourneyAnswer): string {
  return [headOf(journey), explanationOf(journey), timelineOf(journey)].join('\n\n');
}

function headOf(journey: JourneyAnswer): string {
  const { score } = journey;
  const paint = colourOfScore(score);
  const ended = journey.endedAt === null ? '' : `, ended ${moment(journey.endedAt)}`;
  const troubles = [
    [journey.failures, 'failures'],
    [journey.brokenPromises, 'broken promises'],
    [journey.openComplaints, 'open complaints'],
  ]
    .filter(([count]) => Number(count) > 0)
    .map(([count, name]) => style.red(`${count} ${name}`));
  return [
    `${style.bold(plain(journey.id))}  ${plain(journey.type)} of customer ${plain(journey.customerId)}`,
    `${journey.status} since ${moment(journey.startedAt)}${ended}; ${journey.moments} moments${troubles.map((text) => `, ${text}`).join('')}`,
    score === null
      ? style.dim('not scored yet')
      : `${paint(decimal(score))} ${paint(bar(score, 100, BAR_WIDTH))} ${style.bold(journey.level ?? '')}`,
  ].join('\n');
}

/** Each line gives `share × score` to the sum; adjustments, the clamp to 0..100 and the veto follow. */
function explanationOf({ explanation }: JourneyAnswer): string {
  if (explanation.moments.length === 0) return style.dim('Nothing is scored, so there is nothing to explain.');
  const header = ['time (UTC)', 'touchpoint', 'verdict', '>expected', '>got', '>score', '>share', '>gives', ''];
  const rows = [...explanation.moments.map(momentRow), ...sumRows(explanation)];
  return `${style.bold('How the score comes about')}\n${table(header, rows)}`;
}

type Explanation = JourneyAnswer['explanation'];

function momentRow(entry: Explanation['moments'][number]): string[] {
  const given = entry.share * entry.score;
  const paint = colourOfScore(entry.score);
  return [
    moment(entry.at),
    plain(entry.touchpoint ?? '(feedback)'),
    paint(entry.verdict),
    decimal(entry.expectation),
    decimal(entry.perception),
    paint(decimal(entry.score)),
    `${decimal(100 * entry.share)}%`,
    decimal(given),
    paint(bar(given, 100, BAR_WIDTH)),
  ];
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
    rows.push(row(plain(kind), style.red(decimal(points)), sum));
  }
  if (cap !== null && cap !== undefined) {
    rows.push(row(style.red('veto: a critical failure stands'), style.red(`≤ ${decimal(cap)}`), null));
  }
  rows.push(row(style.bold('score'), style.bold(decimal(score)), score ?? 0));
  return rows;
}

function timelineOf({ timeline }: JourneyAnswer): string {
  const rows = timeline.map((entry) => {
    const change = (entry.scoreAfter ?? 0) - (entry.scoreBefore ?? 0);
    const moved = entry.scoreAfter === entry.scoreBefore ? '' : entry.scoreBefore === null ? 'first' : signed(change);
    return [
      moment(entry.at),
      plain(shortTypeOf(entry.type)),
      plain(entry.touchpoint ?? ''),
      plain(entry.outcome ?? ''),
      decimal(entry.scoreAfter),
      change < 0 && entry.scoreBefore !== null ? style.red(moved) : style.green(moved),
    ];
  });
  return `${style.bold('What happened')}\n${table(['time (UTC)', 'event', 'touchpoint', 'outcome', '>score', '>change'], rows)}`;
}

const signed = (value: number) => (value > 0 ? `+${decimal(value)}` : decimal(value));
