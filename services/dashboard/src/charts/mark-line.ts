import type { LineSeriesOption } from 'echarts/charts';
import type { Mark } from '../marks/use-marks.ts';
import type { Palette } from './palette.ts';

const TEXT_PX = 90;
/** A mark closer to the next than this share of the axis has no text of its own. */
const ROOM = 0.12;

/** Marks on the time axis of a chart, which spans `spanMs`; the list of marks has all as text. */
export function markLine(
  marks: readonly Mark[],
  spanMs: number,
  palette: Palette,
): NonNullable<LineSeriesOption['markLine']> {
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { color: palette.muted, type: 'dashed', width: 1 },
    label: {
      color: palette.muted,
      fontSize: 11,
      position: 'end',
      distance: 2,
      width: TEXT_PX,
      overflow: 'truncate',
      formatter: ({ name }) => name,
    },
    data: marks.map(({ at, text }, index) => {
      const next = marks[index + 1];
      const hasRoom = next === undefined || next.at - at > spanMs * ROOM;
      return { name: text, xAxis: at, label: { show: hasRoom } };
    }),
  };
}
