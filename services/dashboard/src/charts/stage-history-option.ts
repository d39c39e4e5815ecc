import type { Customer } from '@touchstone/api';
import { timeText } from '../i18n/format.ts';
import { reasonText, stages, stageText } from '../i18n/words.ts';
import type { Mark } from '../marks/use-marks.ts';
import type { ChartOption } from './chart.tsx';
import { tooltipLines } from './lazy-chart.tsx';
import { markLine } from './mark-line.ts';
import type { Palette } from './palette.ts';

/**
 * Chart of the stage over time, as steps, from `start` to `end` (ms since 1970). `history` is in
 * order and not empty.
 */
export function stageHistoryOption(
  history: Customer['history'],
  { start, end, marks }: { readonly start: number; readonly end: number; readonly marks: readonly Mark[] },
  palette: Palette,
  width: number,
): ChartOption {
  const rung = (change: Customer['history'][number]): number => stages.indexOf(change.to);
  const first = history[0]!;
  const last = history.at(-1)!;
  const changes = history.map((change) => [Date.parse(change.at), rung(change)]);
  return {
    textStyle: { fontFamily: palette.font },
    grid: { left: 84, right: 16, top: 20, bottom: 28, outerBoundsMode: 'none' },
    xAxis: {
      type: 'time',
      min: start,
      max: end,
      splitNumber: width < 520 ? 2 : 6,
      axisLabel: { color: palette.muted, fontSize: 11, hideOverlap: true },
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      min: 0,
      max: 3,
      interval: 1,
      axisLabel: { color: palette.muted, fontSize: 12, formatter: (value: number) => stageText(stages[value] ?? '') },
      splitLine: { lineStyle: { color: palette.line } },
    },
    tooltip: {
      trigger: 'item',
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.ink, fontSize: 12 },
      formatter: (item) => {
        const change = Array.isArray(item) ? undefined : history[item.dataIndex - 1];
        if (change === undefined) return '';
        return tooltipLines(`${stageText(change.from)} → ${stageText(change.to)}`, [
          reasonText(change.because),
          timeText(change.at),
        ]);
      },
    },
    series: [
      {
        type: 'line',
        step: 'end',
        data: [[start, stages.indexOf(first.from)], ...changes, [end, rung(last)]],
        lineStyle: { color: palette.gold, width: 2.5 },
        itemStyle: { color: palette.gold },
        markLine: markLine(marks, end - start, palette),
        areaStyle: { color: palette.gold, opacity: 0.12 },
        symbol: 'circle',
        // No symbols at the first and the last point, which only begin and end the line.
        symbolSize: (_, { dataIndex }) => (dataIndex === 0 || dataIndex === changes.length + 1 ? 0 : 9),
      },
    ],
  };
}
