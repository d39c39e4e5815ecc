import type { IndexNode } from '@touchstone/api';
import { eventMeasures } from '@touchstone/api/vocabulary';
import type { Behind } from '../components/figure.tsx';
import type { Changes } from '../selection/selection.ts';

type Leaf = Extract<IndexNode, { readonly measure: unknown }>;
type Counted = Pick<Leaf, 'measure' | 'where'>;

/** The leaf of an index by its id. */
export function leafIn(node: IndexNode | undefined, id: string): Leaf | undefined {
  if (node === undefined) return undefined;
  if (!('children' in node)) return node.id === id ? node : undefined;
  for (const child of node.children) {
    const found = leafIn(child, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The list that counts as a leaf of an index does; undefined for measures and selections that no
 * list counts alike.
 */
export function behindLeaf(leaf: Counted | undefined, clear: Changes): Behind | undefined {
  if (leaf === undefined) return undefined;
  const { measure, where: { attributes, ...where } = {} } = leaf;
  if (attributes !== undefined && Object.keys(attributes).length > 0) return undefined;
  const chosen = { ...clear, ...where };
  if (measure === 'success') return { to: '/touchpoints', with: { ...chosen, view: 'moments' } };
  if (measure === 'csat' || measure === 'ces' || measure === 'nps') {
    return {
      to: '/touchpoints',
      with: { ...chosen, view: 'moments', eventType: 'touchstone.feedback.given.v1', instrument: measure },
    };
  }
  if (eventMeasures.some((name) => name === measure)) {
    return { to: '/touchpoints', with: { ...chosen, view: 'moments', measure } };
  }
  if (measure === 'journey-score') return { to: '/journeys', with: { ...chosen, minScore: '0', sort: 'score' } };
  if (measure === 'followed-up') return { to: '/promises', with: { ...chosen, view: 'complaints', state: 'resolved' } };
  return undefined;
}
