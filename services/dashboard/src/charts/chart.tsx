import {
  CustomChart,
  type CustomSeriesOption,
  LineChart,
  type LineSeriesOption,
  SankeyChart,
  type SankeySeriesOption,
} from 'echarts/charts';
import {
  GridComponent,
  type GridComponentOption,
  MarkLineComponent,
  type MarkLineComponentOption,
  TooltipComponent,
  type TooltipComponentOption,
} from 'echarts/components';
import { type ComposeOption, type EChartsType, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { type Palette, readPalette } from './palette.ts';

// Registers only the parts that are used: the whole of ECharts is four times as large.
use([CustomChart, LineChart, SankeyChart, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

export type ChartOption = ComposeOption<
  | CustomSeriesOption
  | LineSeriesOption
  | SankeySeriesOption
  | GridComponentOption
  | MarkLineComponentOption
  | TooltipComponentOption
>;

/**
 * A drawing for sighted readers; its caller puts the same figures beside it as a table. Redrawn
 * when the width, the figures or the colour scheme change, and for paper, which is light.
 */
export default function Chart({
  option,
  height,
  onOpen,
}: {
  option: (palette: Palette, width: number) => ChartOption;
  height: number;
  /** Called with the datum that was clicked. */
  onOpen?: (data: unknown) => void;
}) {
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = box.current!;
    const chart: EChartsType = init(element, null, { renderer: 'svg', height });
    if (onOpen !== undefined) chart.on('click', ({ data }) => onOpen(data));
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const paper = matchMedia('print');
    const draw = (): void => {
      chart.resize({ height });
      chart.setOption(
        {
          animation: !isStill && !paper.matches,
          animationDuration: 300,
          ...option(readPalette(element), element.clientWidth),
        },
        true,
      );
    };
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const width = new ResizeObserver(draw);
    width.observe(element);
    scheme.addEventListener('change', draw);
    paper.addEventListener('change', draw);
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      width.disconnect();
      theme.disconnect();
      scheme.removeEventListener('change', draw);
      paper.removeEventListener('change', draw);
      chart.dispose();
    };
  }, [option, height, onOpen]);

  return <div className="chart" ref={box} style={{ height }} aria-hidden="true" />;
}
