import type { CustomSeriesOption } from 'echarts/charts';
import { t } from 'i18next';
import { scoreText, signedText } from '../i18n/format.ts';
import { adjustmentText, verdictText } from '../i18n/words.ts';
import type { Step, Waterfall } from '../journey/waterfall.ts';
import type { ChartOption } from './chart.tsx';
import { tooltipLines } from './lazy-chart.tsx';
import type { Palette } from './palette.ts';

export const rowHeight = 30;
/** Space for the scale below the rows. */
export const scaleHeight = 28;

interface Scores {
  readonly score: Waterfall['score'];
  /** The score without what was chosen, drawn dashed in the row of the score. */
  readonly without: number | null;
}

type RenderItem = NonNullable<CustomSeriesOption['renderItem']>;

/**
 * A waterfall down the page: one row per step, starting at 0 on the left and ending in the score.
 */
export function waterfallOption(
  steps: readonly Step[],
  { score, without }: Scores,
  palette: Palette,
  width: number,
): ChartOption {
  const isNarrow = width < 520;
  const labelWidth = isNarrow ? 112 : 190;
  const labels = [...steps.map(labelOf), t('column.score')];
  const lowest = Math.min(0, ...steps.map((step) => step.to));
  const highest = Math.max(100, ...steps.map((step) => Math.max(step.to, step.from)));
  return {
    textStyle: { fontFamily: palette.font },
    grid: { left: labelWidth + 12, right: 52, top: 4, bottom: scaleHeight, outerBoundsMode: 'none' },
    xAxis: {
      type: 'value',
      min: Math.floor(lowest / 10) * 10,
      max: Math.ceil(highest / 10) * 10,
      splitNumber: isNarrow ? 2 : 5,
      axisLabel: { color: palette.muted, fontSize: 11 },
      splitLine: { lineStyle: { color: palette.line } },
    },
    yAxis: {
      type: 'category',
      data: labels,
      inverse: true,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        interval: 0,
        width: labelWidth,
        overflow: 'truncate',
        fontSize: 12,
        color: (_, index) => (index === steps.length ? palette.ink : palette.muted),
        fontWeight: 400,
      },
    },
    tooltip: {
      trigger: 'item',
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.ink, fontSize: 12 },
      formatter: (item) => tooltipOf(steps[Array.isArray(item) ? -1 : item.dataIndex], score),
    },
    series: [
      {
        type: 'custom',
        renderItem: rowOf(steps, { score, without }, palette),
        data: [...steps.map((step, index) => [step.from, step.to, index]), [0, score, steps.length]],
        encode: { x: [0, 1], y: 2 },
        clip: false,
      },
    ],
  };
}

function labelOf(step: Step): string {
  return step.kind === 'adjustment' ? adjustmentText(step.label) : step.label;
}

function rowOf(steps: readonly Step[], { score, without }: Scores, palette: Palette): RenderItem {
  return (params, api) => {
    const index = params.dataIndex;
    const step = steps[index];
    const row = { from: step?.from ?? 0, to: step?.to ?? score };
    const [left = 0, middle = 0] = api.coord([Math.min(row.from, row.to), index]);
    const [right = 0] = api.coord([Math.max(row.from, row.to), index]);
    const [end = 0] = api.coord([row.to, index]);
    const whatIfEnd = step === undefined && without !== null ? (api.coord([without, index])[0] ?? 0) : 0;
    const [best = 0] = api.coord([row.from + (step?.possible ?? 0), index]);
    const thick = 16;
    const top = middle - thick / 2;
    const colour = step === undefined ? palette.total : colourOf(step, palette);
    const dashed = (to: number) => ({
      type: 'rect' as const,
      shape: { x: Math.min(left, to), y: top, width: Math.abs(to - left), height: thick, r: 2 },
      style: { fill: 'none', stroke: palette.exceeded, lineWidth: 1.5, lineDash: [4, 3] },
    });
    return {
      type: 'group',
      children: [
        // The best possible contribution of the moment; the empty part of it was lost.
        ...(step?.possible == null
          ? []
          : [
              {
                type: 'rect' as const,
                shape: { x: left, y: top, width: best - left, height: thick, r: 2 },
                style: { fill: palette.ghost },
              },
            ]),
        ...(whatIfEnd === 0 ? [] : [dashed(whatIfEnd)]),
        {
          type: 'rect',
          shape: { x: left, y: top, width: Math.max(right - left, 1.5), height: thick, r: 2 },
          style: { fill: colour },
        },
        ...(step === undefined
          ? []
          : [
              {
                type: 'line' as const,
                shape: { x1: end, y1: top + thick, x2: end, y2: top + rowHeight },
                style: { stroke: palette.muted, lineWidth: 1, opacity: 0.6 },
              },
            ]),
        {
          type: 'text',
          style: {
            text: step === undefined ? totalText({ score, without }) : signedText(step.points),
            x: Math.max(right, step?.possible == null ? 0 : best, whatIfEnd) + 6,
            y: middle,
            align: 'left',
            verticalAlign: 'middle',
            fill: step === undefined ? palette.ink : palette.muted,
            font: `${step === undefined ? 600 : 400} 12px ${palette.font}`,
          },
        },
      ],
    };
  };
}

function totalText({ score, without }: Scores): string {
  if (without === null || scoreText(without) === scoreText(score)) return scoreText(score);
  return `${scoreText(score)} → ${scoreText(without)}`;
}

function colourOf(step: Step, palette: Palette): string {
  switch (step.kind) {
    case 'moment':
      return palette[step.verdict ?? 'confirmed'];
    case 'others':
      return palette.confirmed;
    case 'clamp':
      return palette.muted;
    case 'adjustment':
    case 'cap':
      return palette.taken;
  }
}

function tooltipOf(step: Step | undefined, score: number): HTMLElement {
  if (step === undefined) return tooltipLines(t('column.score'), [scoreText(score)]);
  const lines: string[] = [
    t('score.step', { points: signedText(step.points), from: scoreText(step.from), to: scoreText(step.to) }),
  ];
  if (step.possible !== null) lines.push(t('score.atBest', { points: signedText(step.possible) }));
  if (step.verdict !== null) lines.push(verdictText(step.verdict));
  return tooltipLines(labelOf(step), lines);
}
