import { DAY_MS, HOUR_MS } from '@touchstone/journey';
import type { Tale } from './shop-world.ts';
import { feel, type Shopper } from './shopper.ts';

/**
 * A complaint within a journey: answered soon or late, mostly resolved, sometimes forgotten.
 * Returns the time of its last event.
 */
export function tellComplaint(shopper: Shopper, tale: Tale, at: number, touchpoint: string): number {
  const { random } = shopper;
  const complaintId = `${tale.id}/complaint-${Math.floor(at / HOUR_MS)}`;
  const raisedAt = tale.tell(at, 'complaint.raised', {
    complaintId,
    touchpoint,
    channel: random.pick(['e-mail', 'phone', 'chat', 'social']),
    severity: random.pick(['low', 'medium', 'medium', 'high']),
  });
  feel(shopper, 0.3);
  if (random.chance(0.06)) return raisedAt;
  const answeredAt = tale.tell(raisedAt + random.around(9 * HOUR_MS, 0.9), 'complaint.answered', { complaintId });
  if (random.chance(0.07)) return answeredAt;

  const firstContact = random.chance(0.4);
  const takes = firstContact ? random.between(0.2, 3) * HOUR_MS : random.around(5 * DAY_MS, 0.8);
  const wellDone = random.chance(takes < 6 * DAY_MS ? 0.7 : 0.25);
  const resolvedAt = tale.tell(answeredAt + takes, 'complaint.resolved', {
    complaintId,
    firstContact,
    ...(random.chance(0.7) ? { satisfaction: wellDone ? random.whole(4, 5) : random.whole(1, 3) } : {}),
  });
  // The service recovery paradox: after a good recovery they like the shop more than before.
  feel(shopper, wellDone ? 0.95 : 0.3);
  if (!random.chance(0.3)) return resolvedAt;
  return tale.tell(resolvedAt + random.between(5, 9) * DAY_MS, 'complaint.followed-up', {
    complaintId,
    ...(random.chance(0.8) ? { satisfaction: wellDone ? 5 : random.whole(2, 4) } : {}),
  });
}
