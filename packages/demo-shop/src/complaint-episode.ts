import { DAY_MS, HOUR_MS } from '@touchstone/journey';
import { deskTeams } from './shop-teams.ts';
import type { Tale } from './shop-world.ts';
import { feel, forgive, type Shopper } from './shopper.ts';

/**
 * A complaint within a journey: answered soon or late, mostly resolved, sometimes forgotten, as the
 * team does that takes it. Returns the time of its last event.
 */
export function tellComplaint(shopper: Shopper, tale: Tale, at: number, touchpoint: string): number {
  const { random } = shopper;
  const { team, site, complaintHours, firstContact: settles, recovers } = random.pick(deskTeams);
  const complaintId = `${tale.id}/complaint-${Math.floor(at / HOUR_MS)}`;
  const raisedAt = tale.tell(at, 'complaint.raised', {
    complaintId,
    touchpoint,
    channel: random.pick(['e-mail', 'phone', 'chat', 'social']),
    severity: random.pick(['low', 'medium', 'medium', 'high']),
    actor: { team, site },
  });
  feel(shopper, 0.3);
  if (random.chance(0.06)) return raisedAt;
  const answerMs = random.around(complaintHours * HOUR_MS, 0.8);
  const answeredAt = tale.tell(raisedAt + answerMs, 'complaint.answered', { complaintId });
  if (random.chance(0.07)) return answeredAt;

  const firstContact = random.chance(settles);
  const takes = firstContact ? random.between(0.2, 3) * HOUR_MS : random.around(4 * DAY_MS, 0.8);
  const wellDone = random.chance(takes < 6 * DAY_MS ? recovers : recovers / 2);
  const resolvedAt = tale.tell(answeredAt + takes, 'complaint.resolved', {
    complaintId,
    firstContact,
    ...(random.chance(0.7) ? { satisfaction: wellDone ? random.whole(4, 5) : random.whole(1, 3) } : {}),
  });
  if (wellDone) forgive(shopper);
  else feel(shopper, 0.3);
  if (!random.chance(0.3)) return resolvedAt;
  return tale.tell(resolvedAt + random.between(5, 9) * DAY_MS, 'complaint.followed-up', {
    complaintId,
    ...(random.chance(0.8) ? { satisfaction: wellDone ? 5 : random.whole(2, 4) } : {}),
  });
}
