import type { Paths } from '@touchstone/api';
import { t } from 'i18next';
import { type MouseEvent, memo, useMemo, useRef, useState } from 'react';
import { Loading } from '../components/states.tsx';
import { countText, durationText, missing } from '../i18n/format.ts';
import type { Address } from '../selection/address.ts';
import type { LaidOut } from './layout-messages.ts';
import { levelOfMean } from './level-of-mean.ts';
import { curveOf, NODE_HEIGHT, NODE_WIDTH, shortened } from './map-shapes.ts';
import { useOpen } from './paths-sankey.tsx';
import { edgeLink, type LabelText, nodeLink } from './paths-view.tsx';
import { carryingWays, type Edge, shownWays } from './shown-ways.ts';
import { useGradually } from './use-gradually.ts';
import { useLayout } from './use-layout.ts';

interface Shown {
  readonly paths: Paths;
  readonly textOf: LabelText;
  readonly link: Address;
  readonly byTime: boolean;
  readonly isAll: boolean;
}

interface MapNode {
  readonly label: string;
  readonly journeys: number | null;
  readonly meanScore: number | null;
}

const ZOOMS = [0.35, 0.5, 0.7, 1, 1.4];

/** Which moment follows which directly, as a map; a worker finds the places. */
export function PathsMap({ paths, textOf, link, byTime, isAll }: Shown) {
  const edges = useMemo(() => shownWays(paths.edges, isAll), [paths.edges, isAll]);
  const nodes = useMemo(() => nodesOf(paths), [paths]);
  const graph = useMemo(
    () => ({
      nodes: nodes.map(({ label }) => ({ label, width: NODE_WIDTH, height: NODE_HEIGHT })),
      ways: weighted(carryingWays(edges)),
    }),
    [nodes, edges],
  );
  const layout = useLayout(graph);
  const [zoom, setZoom] = useState(1);
  const open = useOpen();
  const said = useRef<HTMLParagraphElement>(null);
  if (layout === 'failed') return <p className="small muted">{t('state.undrawn')}</p>;
  if (layout === undefined) return <Loading what={t('paths.mapTitle')} rows={8} />;
  const pointedAt = ({ target }: MouseEvent): Edge | MapNode | undefined => {
    const { edge, node } = (target as Element).closest<SVGElement>('[data-edge], [data-node]')?.dataset ?? {};
    return edge !== undefined ? edges[Number(edge)] : node !== undefined ? nodes[Number(node)] : undefined;
  };
  const onClick = (event: MouseEvent): void => {
    const at = pointedAt(event);
    const to = at === undefined ? null : 'from' in at ? edgeLink(link, at) : nodeLink(link, at.label);
    if (to !== null) open(to);
  };
  const say = (event: MouseEvent): void => {
    const at = pointedAt(event);
    if (said.current !== null) said.current.textContent = at === undefined ? t('paths.point') : sentenceOf(at, textOf);
  };
  return (
    <div className="paths-map">
      <div className="paths-map-tools">
        <p className="small muted" ref={said} aria-hidden="true">
          {t('paths.point')}
        </p>
        <Zoom zoom={zoom} setZoom={setZoom} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in. */}
      <div className="paths-map-box" role="group" aria-label={t('paths.mapTitle')} tabIndex={0}>
        {/* The tables below open the same journeys by keyboard. */}
        <div aria-hidden="true" onClick={onClick} onPointerOver={say}>
          <Drawing layout={layout} nodes={nodes} edges={edges} textOf={textOf} byTime={byTime} zoom={zoom} />
        </div>
      </div>
    </div>
  );
}

/** The more travelled a way, the straighter; in steps, so that a few more move nothing. */
function weighted(ways: readonly Edge[]) {
  const most = Math.max(1, ...ways.map(({ journeys }) => journeys));
  return ways.map(({ from, to, journeys }) => ({
    from,
    to,
    weight: Math.max(1, 10 + Math.round(Math.log2(Math.max(1, journeys) / most))),
  }));
}

/** Labels of the answer, and ours, which its edges name. */
function nodesOf({ nodes, edges }: Paths): readonly MapNode[] {
  const named = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const known = new Set(nodes.map(({ label }) => label));
  const ours = [...named]
    .filter((label) => !known.has(label))
    .map((label) => ({ label, journeys: null, meanScore: null }));
  return [
    ...ours.filter(({ label }) => label === '(start)'),
    ...nodes,
    ...ours.filter(({ label }) => label !== '(start)'),
  ];
}

function sentenceOf(at: Edge | MapNode, textOf: LabelText): string {
  if (!('from' in at))
    return `${textOf(at.label)}: ${at.journeys === null ? missing : t('count.journeys', { count: at.journeys })}`;
  const median = at.medianMs === null ? '' : ` · ${t('paths.medianIs', { median: durationText(at.medianMs) })}`;
  return `${textOf(at.from)} → ${textOf(at.to)}: ${t('count.journeys', { count: at.journeys })}${median}`;
}

function Zoom({ zoom, setZoom }: { zoom: number; setZoom: (zoom: number) => void }) {
  const at = ZOOMS.indexOf(zoom);
  const step = (by: number, text: string, name: string) => {
    const next = ZOOMS[at + by];
    return (
      <button type="button" disabled={next === undefined} onClick={() => setZoom(next ?? zoom)} aria-label={name}>
        {text}
      </button>
    );
  };
  return (
    <span className="zoom">
      {step(-1, '−', t('paths.smaller'))}
      {step(1, '+', t('paths.larger'))}
    </span>
  );
}

interface Drawn {
  readonly layout: LaidOut;
  readonly nodes: readonly MapNode[];
  readonly edges: readonly Edge[];
  readonly textOf: LabelText;
  readonly byTime: boolean;
  readonly zoom: number;
}

/** The map itself, put into the page piece by piece, so that none of them holds the page up. */
const Drawing = memo(function Drawing({ layout, nodes, edges, textOf, byTime, zoom }: Drawn) {
  const { width, height, places } = layout;
  const placeOf = useMemo(() => new Map(nodes.map(({ label }, index) => [label, places[index]])), [nodes, places]);
  const pieces = useGradually(Math.ceil(edges.length / PIECE) + Math.ceil(nodes.length / PIECE), layout);
  const nodePieces = Math.ceil(nodes.length / PIECE);
  const most = Math.max(1, ...edges.map((edge) => weightOf(edge, byTime)));
  const room = 60;
  return (
    <svg
      className="paths-map-svg"
      viewBox={`${-room} 0 ${width + 2 * room} ${height}`}
      width={(width + 2 * room) * zoom}
      height={height * zoom}
      aria-hidden="true"
      data-drawn={pieces}
      data-pieces={nodePieces + Math.ceil(edges.length / PIECE)}
    >
      {Array.from({ length: Math.max(0, pieces - nodePieces) }, (_, piece) => (
        <Edges key={`e${piece}`} from={piece * PIECE} edges={edges} placeOf={placeOf} byTime={byTime} most={most} />
      ))}
      {Array.from({ length: Math.min(pieces, nodePieces) }, (_, piece) => (
        <Nodes key={`n${piece}`} from={piece * PIECE} nodes={nodes} places={places} textOf={textOf} />
      ))}
    </svg>
  );
});

const PIECE = 40;
const weightOf = ({ journeys, medianMs }: Edge, byTime: boolean): number => (byTime ? (medianMs ?? 0) : journeys);

type PlaceOf = ReadonlyMap<string, LaidOut['places'][number] | undefined>;

const Edges = memo(function Edges(props: {
  from: number;
  edges: readonly Edge[];
  placeOf: PlaceOf;
  byTime: boolean;
  most: number;
}) {
  const { from, edges, placeOf, byTime, most } = props;
  return edges.slice(from, from + PIECE).map((edge, index) => {
    const [a, b] = [placeOf.get(edge.from), placeOf.get(edge.to)];
    if (a === undefined || b === undefined) return null;
    const { path, middle } = curveOf(a, b);
    const share = Math.sqrt(weightOf(edge, byTime) / most);
    const isLabelled = edge.from !== '(start)' || !byTime;
    return (
      <g
        key={`${edge.from}→${edge.to}`}
        data-edge={from + index}
        className={`map-edge ${byTime ? 'map-edge-time' : ''}`}
      >
        <path className="map-edge-reach" d={path} />
        <path className="map-edge-line" d={path} strokeWidth={1 + 7 * share} />
        {isLabelled ? (
          <text x={middle.x} y={middle.y}>
            {byTime ? (edge.medianMs === null ? '' : durationText(edge.medianMs)) : countText(edge.journeys)}
          </text>
        ) : null}
      </g>
    );
  });
});

const Nodes = memo(function Nodes(props: {
  from: number;
  nodes: readonly MapNode[];
  places: LaidOut['places'];
  textOf: LabelText;
}) {
  const { from, nodes, places, textOf } = props;
  return nodes.slice(from, from + PIECE).map(({ label, journeys, meanScore }, index) => {
    const { x, y } = places[from + index]!;
    return (
      <g
        key={label}
        data-node={from + index}
        className={`map-node ${journeys === null ? 'map-node-ours' : ''}`}
        transform={`translate(${x - NODE_WIDTH / 2} ${y - NODE_HEIGHT / 2})`}
      >
        <rect className="map-node-box" width={NODE_WIDTH} height={NODE_HEIGHT} rx="8" />
        {journeys === null ? null : (
          <rect
            className={`map-node-level level-fill-${levelOfMean(meanScore) ?? 'none'}`}
            width="5"
            height={NODE_HEIGHT}
            rx="2"
          />
        )}
        <text x={NODE_WIDTH / 2} y={journeys === null ? 27 : 19} className="map-node-name">
          {shortened(textOf(label))}
        </text>
        {journeys === null ? null : (
          <text x={NODE_WIDTH / 2} y="35" className="map-node-count">
            {countText(journeys)}
          </text>
        )}
      </g>
    );
  });
});
