import type { Paths } from '@touchstone/api';
import { t } from 'i18next';
import { countText, durationText } from '../i18n/format.ts';
import { levelOfMean } from '../journeys/level-of-mean.ts';
import type { ChartOption } from './chart.tsx';
import { tooltipLines } from './lazy-chart.tsx';
import type { Palette } from './palette.ts';

export type FlowEdge = Paths['edges'][number];

/** A Sankey of ways that lead onward; each of its parts names what it is of as `flow`. */
export function sankeyOption(
  ways: readonly FlowEdge[],
  nodes: Paths['nodes'],
  textOf: (label: string) => string,
  palette: Palette,
  width: number,
): ChartOption {
  const journeysOf = new Map(nodes.map(({ label, journeys }) => [label, journeys]));
  const scoreOf = new Map(nodes.map(({ label, meanScore }) => [label, meanScore]));
  const labels = [...new Set(ways.flatMap(({ from, to }) => [from, to]))];
  const colourOf = (label: string): string =>
    palette.levels[levelOfMean(scoreOf.get(label) ?? null) ?? 'none'] ?? palette.confirmed;
  return {
    textStyle: { fontFamily: palette.font },
    tooltip: {
      trigger: 'item',
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.ink, fontSize: 12 },
      formatter: (item) => tooltipOf(Array.isArray(item) ? undefined : (item.data as Part), journeysOf, textOf),
    },
    series: [
      {
        type: 'sankey',
        left: 4,
        right: width < 700 ? 90 : 150,
        top: 8,
        bottom: 8,
        nodeWidth: 12,
        nodeGap: 14,
        layoutIterations: 32,
        draggable: false,
        emphasis: { focus: 'adjacency' },
        data: labels.map((label) => ({
          name: label,
          flow: label,
          itemStyle: { color: colourOf(label), borderWidth: 0 },
        })),
        links: ways.map((way) => ({ source: way.from, target: way.to, value: way.journeys, flow: way })),
        lineStyle: { color: palette.confirmed, opacity: 0.28, curveness: 0.5 },
        label: {
          color: palette.ink,
          fontSize: 12,
          width: width < 700 ? 82 : 140,
          overflow: 'truncate',
          formatter: ({ name }) => textOf(String(name)),
        },
      },
    ],
  };
}

interface Part {
  readonly flow?: FlowEdge | string;
}

function tooltipOf(
  part: Part | undefined,
  journeysOf: ReadonlyMap<string, number>,
  textOf: (label: string) => string,
): HTMLElement | string {
  const flow = part?.flow;
  if (flow === undefined) return '';
  if (typeof flow === 'string') {
    const n = journeysOf.get(flow);
    return tooltipLines(textOf(flow), n === undefined ? [] : [t('count.journeys', { count: n })]);
  }
  const median = flow.medianMs === null ? [] : [t('paths.medianIs', { median: durationText(flow.medianMs) })];
  const times = t('paths.timesIs', { count: flow.count, n: countText(flow.count) });
  return tooltipLines(`${textOf(flow.from)} → ${textOf(flow.to)}`, [
    t('count.journeys', { count: flow.journeys }),
    times,
    ...median,
  ]);
}
