import { z } from 'zod';
import { bucketParameters } from './buckets.ts';
import { endpoint } from './endpoint.ts';
import { bucketLength, count, instant, levelOrNull } from './fields.ts';
import { durationParameter, instantParameter, nameParameter, noParameters } from './parameters.ts';
import { indexMeasures } from './vocabulary.ts';
import { attributesInBody } from './where.ts';

/** Trees of measures: the satisfaction index. */

/** Deepest tree, with the root at 1, and most nodes of one. */
export const INDEX_DEPTH_MAX = 6;
export const INDEX_NODES_OF_TREE_MAX = 200;

const name = z.string().max(128);
const measure = z.enum(indexMeasures).meta({ id: 'IndexMeasure' });
const leafWhere = z
  .strictObject({
    touchpoint: name.optional(),
    channel: name.optional(),
    type: name.optional(),
    team: name.optional(),
    site: name.optional(),
    attributes: attributesInBody.optional(),
  })
  .meta({ id: 'LeafWhere' });
export type LeafWhere = Readonly<Partial<z.output<typeof leafWhere>>>;

const common = {
  id: z.string().min(1).max(128),
  title: z.string().max(256).optional(),
  weight: z.number().positive().max(1_000_000).optional(),
};
const leaf = z
  .strictObject({
    ...common,
    measure,
    within: durationParameter.describe('Of answered-within: how soon; P1D unless told').optional(),
    where: leafWhere.optional(),
  })
  .meta({ id: 'IndexLeaf' });

interface InnerNode<Leaf> {
  readonly id: string;
  readonly title?: string | undefined;
  readonly weight?: number | undefined;
  readonly children: readonly (InnerNode<Leaf> | Leaf)[];
}
type Leaf = z.output<typeof leaf>;
export type IndexNode = InnerNode<Leaf> | Leaf;
type IndexNodeInput = InnerNode<z.input<typeof leaf>> | z.input<typeof leaf>;

const inner = z
  .strictObject({
    ...common,
    children: z
      .array(z.lazy((): z.ZodType<IndexNode, IndexNodeInput> => node))
      .min(1)
      .max(INDEX_NODES_OF_TREE_MAX),
  })
  .meta({ id: 'IndexInner' });
const node: z.ZodType<IndexNode, IndexNodeInput> = z.union([leaf, inner]).meta({ id: 'IndexNode' });

/** A whole tree; its nodes have ids of their own. */
export const indexTree = node
  .check((context) => {
    const ids = new Set<string>();
    let nodes = 0;
    const fault = (message: string) => context.issues.push({ code: 'custom', input: context.value, message });
    const walk = (each: IndexNode, depth: number): void => {
      nodes++;
      if (depth > INDEX_DEPTH_MAX || nodes > INDEX_NODES_OF_TREE_MAX) return;
      if (ids.has(each.id)) fault(`has the id ${each.id} more than once`);
      ids.add(each.id);
      if ('children' in each) {
        if (depth === INDEX_DEPTH_MAX) fault(`is deeper than ${INDEX_DEPTH_MAX} nodes`);
        for (const child of each.children) walk(child, depth + 1);
      }
    };
    walk(context.value, 1);
    if (nodes > INDEX_NODES_OF_TREE_MAX) fault(`has more than ${INDEX_NODES_OF_TREE_MAX} nodes`);
  })
  .meta({ id: 'IndexTree' });

const maybe = z.number().nullable();
const valued = { value: maybe, low: maybe, high: maybe, level: levelOrNull };
const shownCommon = { id: z.string(), title: z.string().optional(), weight: z.number().optional() };
const shownLeaf = z.strictObject({ ...shownCommon, measure, n: count, ...valued }).meta({ id: 'ShownIndexLeaf' });

interface ShownInner {
  readonly id: string;
  readonly title?: string | undefined;
  readonly weight?: number | undefined;
  readonly covered: number;
  readonly children: readonly ShownNode[];
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly level: z.output<typeof levelOrNull>;
}
export type ShownNode = ShownInner | z.output<typeof shownLeaf>;

const shownInner = z
  .strictObject({
    ...shownCommon,
    covered: z.number().describe('Share of the weight of its children that has a value'),
    children: z.array(z.lazy((): z.ZodType<ShownNode> => shownNode)),
    ...valued,
  })
  .meta({ id: 'ShownIndexInner' });
const shownNode: z.ZodType<ShownNode> = z.union([shownLeaf, shownInner]).meta({ id: 'ShownIndexNode' });

const split = z
  .union([
    z.enum(['type', 'channel', 'team', 'site']).meta({ id: 'IndexSplitName' }),
    z.templateLiteral(['attribute.', z.string().min(1).max(128)]),
  ])
  .meta({ id: 'IndexSplit' });

export const askIndex = endpoint({
  id: 'askIndex',
  method: 'POST',
  path: '/v1/analytics/index',
  tag: 'Questions',
  summary: 'The satisfaction index: a tree of measures, each 0..100, with weights',
  description:
    'Give a `tree`, or the `name` of one. A leaf with fewer than two values has none, and its parent is the mean of the others; `covered` says how much of its weight they are. Intervals take the leaves as independent, so they are approximate.',
  scope: 'read',
  waits: 'rows',
  problems: [404, 409],
  query: noParameters,
  body: z
    .strictObject({
      tree: indexTree.optional(),
      name: z.string().min(1).max(128).describe('Of a tree that was put, or of a shipped one').optional(),
      from: instantParameter.optional(),
      to: instantParameter.optional(),
      by: split.describe('Once for each value: type, channel, team, site, attribute.<name>').optional(),
      bucket: bucketLength.optional(),
      timeZone: bucketParameters.timeZone,
    })
    .refine(({ tree, name }) => (tree === undefined) !== (name === undefined), {
      path: ['tree'],
      message: 'must be given, or else name',
    })
    .meta({ id: 'IndexQuestion', examples: [{ name: 'behaviour' }] }),
  answer: z
    .strictObject({
      from: instant.nullable().optional().describe('With buckets: begin of the first'),
      to: instant.nullable().optional(),
      rows: z.array(
        z
          .strictObject({
            value: z.string().optional(),
            bucket: instant.optional(),
            isOpen: z.boolean().optional(),
            tree: shownNode,
          })
          .meta({ id: 'IndexRow' }),
      ),
    })
    .meta({ id: 'IndexAnswer' }),
});

const indexVersion = z
  .strictObject({
    name: z.string(),
    version: z.number().int().positive().nullable().describe('Null for a shipped one that nobody put'),
    putAt: instant.nullable(),
    tree: indexTree,
  })
  .meta({ id: 'IndexVersion' });
const named = z.strictObject({ name: nameParameter.meta({ example: 'behaviour' }) });

export const listIndexes = endpoint({
  id: 'listIndexes',
  method: 'GET',
  path: '/v1/indexes',
  tag: 'Definitions',
  summary: 'The newest version of each satisfaction index',
  scope: 'read',
  waits: 'position',
  query: noParameters,
  answer: z.strictObject({ items: z.array(indexVersion) }).meta({ id: 'Indexes' }),
});

export const getIndex = endpoint({
  id: 'getIndex',
  method: 'GET',
  path: '/v1/indexes/:name',
  tag: 'Definitions',
  summary: 'The newest version of one satisfaction index',
  scope: 'read',
  waits: 'position',
  params: named,
  query: noParameters,
  answer: indexVersion,
  problems: [404],
});

export const putIndex = endpoint({
  id: 'putIndex',
  method: 'PUT',
  path: '/v1/indexes/:name',
  tag: 'Definitions',
  summary: 'Put a new version of a satisfaction index',
  description:
    'It is in force at once. A tree equal to the newest version changes nothing; one with the name of a shipped index takes its place.',
  scope: 'admin',
  waits: 'nothing',
  params: named,
  query: noParameters,
  body: indexTree,
  answer: indexVersion,
  problems: [422],
});
