import type { IndexNode, LeafWhere, ShownNode } from '@touchstone/api';
import { DAY_MS, type IndexMeasure } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count, instant } from '../../engine/answer-fields.ts';
import { milliseconds, timeParameter } from '../../engine/sql-time.ts';
import { bucketsOf, spanOfBuckets } from '../../figures/buckets.ts';
import { byBytes } from '../../figures/by-bytes.ts';
import { ReadModelError } from '../../read-model-error.ts';
import type { QuestionContext } from '../cases.ts';
import { ask } from '../rows-context.ts';
import { type SplitAsked, splitRows } from '../split-rows.ts';
import { countedOf, type Figure, figureOf, intervalOf, type Leaf, type MeasureSplit } from './measures.ts';

export interface IndexAsked extends SplitAsked {
  readonly tree: IndexNode;
  readonly by?: MeasureSplit | undefined;
}

export interface IndexContext extends QuestionContext {
  /** The level of a value, 0..100. */
  readonly levelOf: (value: number) => string;
}

export interface IndexRow {
  readonly value?: string;
  readonly bucket?: number;
  readonly isOpen?: boolean;
  readonly tree: ShownNode;
}

/** Nodes of trees, over all rows, in one answer. */
export const INDEX_NODES_MAX = 100_000;

/** How soon a complaint should be answered unless told. */
const WITHIN_MS = DAY_MS;
const NONE: Figure = { n: 0, value: null, variance: 0 };

interface LeafNode {
  readonly measure: IndexMeasure;
  readonly within?: number | undefined;
  readonly where?: LeafWhere | undefined;
}

const leafOf = ({ measure, within = WITHIN_MS, where = {} }: LeafNode): Leaf => ({ measure, within, where });
const keyOf = (node: LeafNode) => JSON.stringify(leafOf(node));

/**
 * A tree of measures, each 0..100, whose inner nodes are the weighted means of their children; once
 * for each value of `by` and each bucket.
 * @throws ReadModelError `too-much` for more nodes than an answer holds.
 */
export async function satisfactionIndex(asked: IndexAsked, context: IndexContext) {
  const { tree, by, bucket } = asked;
  const leaves = new Map(leavesOf(tree).map((node) => [keyOf(node), leafOf(node)]));
  const span = bucket === undefined ? asked : await spanOf(asked, [...leaves.values()], context);
  if (span === null) return { from: null, to: null, rows: [] };
  const figures = new Map<string, Map<string, Figure>>();
  const places = new Map<string, Pick<IndexRow, 'value' | 'bucket' | 'isOpen'>>();
  let shownSpan: { readonly from: number | null; readonly to: number | null } | undefined;
  for (const [key, leaf] of leaves) {
    const split = await splitRows({ ...asked, ...span }, countedOf(leaf, by, context), context);
    shownSpan = split.span;
    const ofLeaf = new Map<string, Figure>();
    for (const row of split.rows) {
      const place = JSON.stringify([row.values, row.bucket]);
      if (row.figures !== null) ofLeaf.set(place, figureOf(leaf, row.figures));
      places.set(place, {
        ...(by === undefined ? {} : { value: row.values[0]! }),
        ...(bucket === undefined ? {} : { bucket: row.bucket!, isOpen: row.isOpen }),
      });
    }
    figures.set(key, ofLeaf);
    if (places.size * nodesOf(tree) > INDEX_NODES_MAX) throw tooMuch();
  }
  const rows = [...places].map(([place, told]) => ({
    ...told,
    tree: shown(tree, (node) => figures.get(keyOf(node))?.get(place) ?? NONE, context).node,
  }));
  return { ...shownSpan, rows: rows.sort(inOrder) };
}

function tooMuch(): ReadModelError {
  const message = `The answer has more than ${INDEX_NODES_MAX} nodes: ask for a shorter window, longer buckets or fewer values to split by.`;
  return new ReadModelError('too-much', message);
}

function inOrder(one: IndexRow, other: IndexRow): number {
  return byBytes(one.value ?? '', other.value ?? '') || (one.bucket ?? 0) - (other.bucket ?? 0);
}

const isLeaf = (node: IndexNode): node is IndexNode & LeafNode => 'measure' in node;

function leavesOf(node: IndexNode): readonly LeafNode[] {
  return isLeaf(node) ? [node] : node.children.flatMap(leavesOf);
}

function nodesOf(node: IndexNode): number {
  return isLeaf(node) ? 1 : node.children.reduce((sum, child) => sum + nodesOf(child), 1);
}

const spanRow = z.object({ first: instant, last: instant, n: count });

/** The span of the buckets: unless told, from the first to just after the last thing counted. */
async function spanOf(
  asked: IndexAsked,
  leaves: readonly Leaf[],
  context: QuestionContext,
): Promise<{ readonly from: number; readonly to: number } | null> {
  const { from, to } = asked;
  if (from !== undefined && to !== undefined) return { from, to };
  const bounds = spanOfBuckets(asked, bucketsOf(asked.bucket!, asked.timeZone));
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const leaf of leaves) {
    const { table, time, wanted, params } = countedOf(leaf, undefined, context);
    wanted.add(`${time} >= ${timeParameter('from')}`, { from: bounds.from });
    wanted.add(`${time} < ${timeParameter('to')}`, { to: bounds.to });
    const [row] = await ask(
      context,
      `SELECT ${milliseconds(`min(${time})`)} AS first, ${milliseconds(`max(${time})`)} AS last, count() AS n FROM ${table} ${wanted.where()}`,
      spanRow,
      { ...params, ...wanted.params() },
    );
    if (row === undefined || row.n === 0) continue;
    first = Math.min(first, row.first);
    last = Math.max(last, row.last);
  }
  if (first > last) return null;
  return { from: from ?? first, to: to ?? last + 1 };
}

/** The node as the answer shows it, and its value with the variance of that. */
function shown(
  node: IndexNode,
  figureOfLeaf: (leaf: LeafNode) => Figure,
  context: IndexContext,
): { readonly node: ShownNode; readonly value: number | null; readonly variance: number } {
  const { id, title, weight } = node;
  const told = { id, ...(title === undefined ? {} : { title }), ...(weight === undefined ? {} : { weight }) };
  const valued = (figure: Pick<Figure, 'value' | 'variance'>) => ({
    value: figure.value,
    ...intervalOf(figure),
    level: figure.value === null ? null : context.levelOf(figure.value),
  });
  if (isLeaf(node)) {
    const figure = figureOfLeaf(node);
    return { node: { ...told, measure: node.measure, n: figure.n, ...valued(figure) } as ShownNode, ...figure };
  }
  const children = node.children.map((child) => ({
    weight: child.weight ?? 1,
    ...shown(child, figureOfLeaf, context),
  }));
  const whole = children.reduce((sum, { weight }) => sum + weight, 0);
  const known = children.filter(({ value }) => value !== null);
  const weights = known.reduce((sum, { weight }) => sum + weight, 0);
  const figure = {
    value: weights === 0 ? null : known.reduce((sum, { weight, value }) => sum + weight * value!, 0) / weights,
    variance: known.reduce((sum, { weight, variance }) => sum + (weight / weights) ** 2 * variance, 0),
  };
  const covered = weights / whole;
  return {
    node: { ...told, covered, children: children.map((child) => child.node), ...valued(figure) } as ShownNode,
    ...figure,
  };
}
