import type { IndexMeasure } from '@touchstone/api/vocabulary';
import type { Behind } from '../components/figure.tsx';
import type { Changes } from '../selection/selection.ts';

/**
 * The list that counts as a leaf of an index does; undefined for measures that no list counts
 * alike.
 */
export function behindLeaf(measure: IndexMeasure, clear: Changes): Behind | undefined {
  if (measure === 'success') return { to: '/touchpoints', with: { ...clear, view: 'moments' } };
  if (measure === 'csat' || measure === 'ces' || measure === 'nps') {
    return {
      to: '/touchpoints',
      with: { ...clear, view: 'moments', eventType: 'touchstone.feedback.given.v1', instrument: measure },
    };
  }
  if (measure === 'journey-score') return { to: '/journeys', with: { ...clear, minScore: '0', sort: 'score' } };
  if (measure === 'followed-up') return { to: '/promises', with: { ...clear, view: 'complaints', state: 'resolved' } };
  return undefined;
}
