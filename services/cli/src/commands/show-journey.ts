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
  const { moments, adjustments, cap, score } = explanation;
  if (moments.length === 0) return style.dim('Nothing is scored, so there is nothing to explain.');
  const rows = moments.map((entry) => {
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
  });
  const sum = moments.reduce((total, entry) => total + entry.share * entry.score, 0);
  let last = sum;
  const after: string[][] = [['', 'moments together', '', '', '', '', '', decimal(sum), bar(sum, 100, BAR_WIDTH)]];
  for (const { kind, points } of adjustments) {
    if (points === 0) continue;
    last += points;
    after.push(['', plain(kind), '', '', '', '', '', style.red(decimal(points)), bar(last, 100, BAR_WIDTH)]);
  }
  if (cap !== null && cap !== undefined) {
    after.push([
      '',
      style.red('veto: a critical failure stands'),
      '',
      '',
      '',
      '',
      '',
      style.red(`≤ ${decimal(cap)}`),
      '',
    ]);
  }
  after.push([
    '',
    style.bold('score'),
    '',
    '',
    '',
    '',
    '',
    style.bold(decimal(score)),
    bar(score ?? 0, 100, BAR_WIDTH),
  ]);
  const header = ['time (UTC)', 'touchpoint', 'verdict', '>expected', '>got', '>score', '>share', '>gives', ''];
  return `${style.bold('How the score comes about')}\n${table(header, [...rows, ...after])}`;
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
