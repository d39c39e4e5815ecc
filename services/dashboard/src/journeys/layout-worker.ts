import { Graph, layout } from '@dagrejs/dagre';
import type { LaidOut, ToLayOut } from './layout-messages.ts';

/** The worker's own scope; the DOM's types know only the page's. */
const scope = globalThis as unknown as {
  onmessage: (event: { readonly data: ToLayOut }) => void;
  postMessage(answer: LaidOut): void;
};

/** Lays a map out from top to bottom, away from the page, which stays free meanwhile. */
scope.onmessage = ({ data: { id, nodes, ways } }) => {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 26, ranksep: 54, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  // Names of publishers stay out of the graph, whose own words they might be.
  const indexes = new Map(nodes.map(({ label }, index) => [label, String(index)]));
  for (const [index, { width, height }] of nodes.entries()) graph.setNode(String(index), { width, height });
  for (const { from, to, weight } of ways) {
    const [tail, head] = [indexes.get(from), indexes.get(to)];
    if (tail !== undefined && head !== undefined) graph.setEdge(tail, head, { weight });
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const places = nodes.map((_, index) => {
    const { x = 0, y = 0 } = graph.node(String(index)) as { x?: number; y?: number };
    return { x, y };
  });
  scope.postMessage({ id, width, height, places });
};
