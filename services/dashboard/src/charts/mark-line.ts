import type { LineSeriesOption } from 'echarts/charts';
import type { Mark } from '../marks/use-marks.ts';
import type { Palette } from './palette.ts';

const TEXT_PX = 90;

/** Marks on the time axis of a chart; the list of marks has them as text. */
export function markLine(marks: readonly Mark[], palette: Palette): NonNullable<LineSeriesOption['markLine']> {
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { color: palette.muted, type: 'dashed', width: 1 },
    label: {
      color: palette.muted,
      fontSize: 11,
      position: 'insideEndTop',
      width: TEXT_PX,
      overflow: 'truncate',
      formatter: ({ name }) => name,
    },
    data: marks.map(({ at, text }) => ({ name: text, xAxis: at })),
  };
}
