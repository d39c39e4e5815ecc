import { actor, attributes, id, journeyType } from '../fields.ts';

/** Fields that every `data` may carry. */
export const commonData = {
  customerId: id.optional(),
  journeyId: id.optional(),
  journeyType: journeyType.optional(),
  attributes: attributes.optional(),
  actor: actor.optional(),
};
