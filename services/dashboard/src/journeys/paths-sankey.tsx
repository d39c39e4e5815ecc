import { useNavigate } from '@tanstack/react-router';
import type { Paths } from '@touchstone/api';
import { t } from 'i18next';
import { useCallback, useMemo, useRef } from 'react';
import { LazyChart } from '../charts/lazy-chart.tsx';
import type { Palette } from '../charts/palette.ts';
import { type FlowEdge, sankeyOption } from '../charts/sankey-option.ts';
import { Scrolling } from '../components/parts.tsx';
import { useCarried } from '../frame/links.tsx';
import type { Address } from '../selection/address.ts';
import { edgeLink, type LabelText, nodeLink } from './paths-view.tsx';
import { withoutCycles } from './without-cycles.ts';

/** The ways onward as a Sankey; its width is in how many journeys. */
export function PathsSankey({ paths, textOf, link }: { paths: Paths; textOf: LabelText; link: Address }) {
  const { onward, back } = useMemo(() => withoutCycles(paths.edges), [paths.edges]);
  const option = useCallback(
    (palette: Palette, width: number) => sankeyOption(onward, paths.nodes, textOf, palette, width),
    [onward, paths.nodes, textOf],
  );
  const open = useOpen();
  const openFlow = useRef<(flow: FlowEdge | string) => void>(undefined);
  openFlow.current = (flow) => {
    const to = typeof flow === 'string' ? nodeLink(link, flow) : edgeLink(link, flow);
    if (to !== null) open(to);
  };
  const onOpen = useCallback((data: unknown) => {
    const { flow } = data as { flow?: FlowEdge | string };
    if (flow !== undefined) openFlow.current?.(flow);
  }, []);
  return (
    <>
      <Scrolling label={t('paths.sankeyTitle')}>
        <div className="wide-drawing">
          <LazyChart option={option} height={Math.min(900, 220 + paths.nodes.length * 18)} onOpen={onOpen} />
        </div>
      </Scrolling>
      {back.length === 0 ? null : <p className="small muted">{t('paths.notDrawn', { count: back.length })}</p>}
    </>
  );
}

/** Opens journeys from a drawing, where the pointer is not on a link. */
export function useOpen(): (to: Address) => void {
  const navigate = useNavigate();
  const selection = useCarried();
  return (to) => void navigate({ to: '/journeys', search: { ...selection, ...to } as never });
}
