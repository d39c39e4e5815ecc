import { t } from 'i18next';
import { lazy, Suspense } from 'react';
import type { ChartOption } from './chart.tsx';
import type { Palette } from './palette.ts';

// If the system has stopped or been replaced since the page was loaded, the file is gone; the table
// beside it shows the same figures.
const Chart = lazy(() => import('./chart.tsx').catch(() => ({ default: Undrawn })));

function Undrawn() {
  return <p className="small muted">{t('state.undrawn')}</p>;
}

/** The chart, fetched with the first page that draws one; until then a space of its height. */
export function LazyChart(props: {
  option: (palette: Palette, width: number) => ChartOption;
  height: number;
  onOpen?: (data: unknown) => void;
}) {
  return (
    <Suspense fallback={<div className="chart" style={{ height: props.height }} />}>
      <Chart {...props} />
    </Suspense>
  );
}

/**
 * Builds the lines of a tooltip as elements, because ECharts would read a string as HTML, and names
 * and ids come from publishers.
 */
export function tooltipLines(title: string, lines: readonly string[]): HTMLElement {
  const element = document.createElement('div');
  const strong = document.createElement('strong');
  strong.textContent = title;
  element.append(strong);
  for (const line of lines) {
    const row = document.createElement('div');
    row.textContent = line;
    element.append(row);
  }
  return element;
}
