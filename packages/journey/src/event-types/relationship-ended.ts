import { z } from 'zod';
import { announceTrustChange } from '../changes.ts';
import { text } from '../fields.ts';
import { initialTrust } from '../state.ts';
import { move } from '../trust.ts';
import { commonData } from './common-data.ts';
import { eventType } from './event-type.ts';

/** The customer left, or the company ended the relationship: trust begins anew. */
export const relationshipEnded = eventType({
  name: 'touchstone.relationship.ended.v1',
  data: z.object({ ...commonData, reason: text.optional() }),
  apply(_measures, state, _event, _journey, _weighed, changes) {
    const { stage, since } = state.trust;
    const cleared = initialTrust();
    if (stage !== 'none') announceTrustChange(changes, state, move(state, 'none', 'relationship-ended'));
    Object.assign(state.trust, cleared, { since: stage === 'none' ? since : state.trust.since });
  },
});
