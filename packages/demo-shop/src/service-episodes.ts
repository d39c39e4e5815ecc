import { DAY_MS, HOUR_MS } from '@touchstone/journey';
import { tellComplaint } from './complaint-episode.ts';
import { tellRecovery } from './recovery-episode.ts';
import { standards } from './shop-definitions.ts';
import { deskTeams } from './shop-teams.ts';
import { beginTale, type ShopWorld } from './shop-world.ts';
import { feel, type Shopper } from './shopper.ts';

/** A question to the service desk, about an order or anything else. */
export function tellSupport(world: ShopWorld, shopper: Shopper, at: number, about: string): void {
  const { random } = shopper;
  const tale = beginTale(world, shopper, 'support');
  const channel = random.pick(['phone', 'chat', 'e-mail']);
  const { team, site, agents, answers, solves } = random.pick(deskTeams);
  const agent = { id: random.pick(agents), team, site };
  const answerMs = random.around(answers * standards.supportAnswerMs, 0.35);
  const contactedAt = tale.tell(at, 'moment.recorded', {
    touchpoint: 'support.contacted',
    channel,
    outcome: random.chance(0.97) ? 'succeeded' : 'abandoned',
    attributes: { about },
  });
  const answeredAt = tale.tell(contactedAt + answerMs, 'moment.recorded', {
    touchpoint: 'support.answered',
    channel,
    outcome: 'succeeded',
    durationMs: Math.round(answerMs),
    actor: agent,
  });
  const solved = random.chance(solves);
  const solutionMs = random.around(0.5 * standards.supportSolutionMs, 0.5);
  // A few customers rate the agent on all five dimensions; the others judge by how long it took.
  const rated = random.chance(0.4);
  const endedAt = tale.tell(answeredAt + solutionMs, 'moment.recorded', {
    touchpoint: 'support.solved',
    channel,
    outcome: solved ? 'succeeded' : 'failed',
    ...(solved ? {} : { cause: random.pick(['people', 'system', 'value']) }),
    ...(rated ? ratedAgent(shopper, solved) : { durationMs: Math.round(solutionMs) }),
    actor: agent,
  });
  feel(shopper, solved ? 0.75 : 0.1);
  if (!solved && random.chance(0.45)) {
    tellRecovery(shopper, tale, endedAt + random.between(4, 40) * HOUR_MS, 'gesture', 'support.solved');
  }
  if (random.chance(shopper.rates)) {
    tale.tell(endedAt + random.exponential(5) * HOUR_MS, 'feedback.given', {
      instrument: 'ces',
      score: solved ? random.whole(1, 2) : random.whole(3, 5),
      touchpoint: 'support.solved',
    });
  }
  if (!solved && random.chance(shopper.complains)) tellComplaint(shopper, tale, endedAt + DAY_MS, 'support.solved');
}

/** All five dimensions of quality; reliability decides most of what is perceived. */
function ratedAgent({ random, expectation }: Shopper, solved: boolean): object {
  const felt = () => (solved ? random.whole(3, 5) : random.whole(1, 3));
  const ratings = {
    reliability: felt(),
    assurance: felt(),
    tangibles: random.whole(2, 5),
    empathy: felt(),
    responsiveness: felt(),
  };
  const weighed = 0.6 * ratings.reliability + 0.25 * ratings.responsiveness + 0.15 * ratings.empathy;
  const perception = Math.max(1, Math.min(5, Math.round(2 * (weighed + random.between(-0.4, 0.4))) / 2));
  return { perception, expectation, ratings };
}

/** The customer returns a purchase; the refund is a promise, and breaking it is critical. */
export function tellReturn(world: ShopWorld, shopper: Shopper, at: number, orderId: string): void {
  const { random } = shopper;
  const tale = beginTale(world, shopper, 'return');
  const promiseId = `${tale.id}/refund`;
  const requestedAt = tale.tell(at, 'moment.recorded', {
    touchpoint: 'return.requested',
    channel: shopper.channel,
    outcome: 'succeeded',
    effort: random.whole(1, 3),
    attributes: { orderId, reason: random.pick(['size', 'colour', 'quality', 'changed mind']) },
  });
  const returnedAt = tale.tell(requestedAt + random.between(1, 6) * DAY_MS, 'moment.recorded', {
    touchpoint: 'parcel.returned',
    channel: 'carrier',
    outcome: 'succeeded',
  });
  const dueAt = returnedAt + standards.refundMs;
  tale.tell(returnedAt + 1000, 'promise.made', {
    promiseId,
    dueAt: new Date(dueAt).toISOString(),
    what: 'refund within 14 days',
    touchpoint: 'refund.paid',
  });
  let takes = random.around(0.45 * standards.refundMs, 0.4);
  if (random.chance(0.05)) {
    const failedAt = tale.tell(returnedAt + takes, 'moment.recorded', {
      touchpoint: 'refund.paid',
      channel: 'bank',
      outcome: 'failed',
      cause: 'system',
    });
    feel(shopper, 0.1);
    if (random.chance(shopper.complains)) tellComplaint(shopper, tale, failedAt + 8 * HOUR_MS, 'refund.paid');
    if (random.chance(0.15)) return;
    takes += random.between(2, 12) * DAY_MS;
  }
  const paidAt = tale.tell(returnedAt + takes, 'moment.recorded', {
    touchpoint: 'refund.paid',
    channel: 'bank',
    outcome: 'succeeded',
    durationMs: Math.round(takes),
  });
  tale.tell(paidAt + 1000, 'promise.kept', { promiseId });
  feel(shopper, paidAt <= dueAt ? 0.75 : 0.25);
}
