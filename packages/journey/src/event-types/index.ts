import type { z } from 'zod';
import { complaintAnswered } from './complaint-answered.ts';
import { complaintFollowedUp } from './complaint-followed-up.ts';
import { complaintRaised } from './complaint-raised.ts';
import { complaintResolved } from './complaint-resolved.ts';
import { feedbackGiven } from './feedback-given.ts';
import { journeyAbandoned } from './journey-abandoned.ts';
import { journeyCompleted } from './journey-completed.ts';
import { momentRecorded } from './moment-recorded.ts';
import { promiseKept } from './promise-kept.ts';
import { promiseMade } from './promise-made.ts';
import { promiseWithdrawn } from './promise-withdrawn.ts';
import { purchaseMade } from './purchase-made.ts';
import { recoveryMade } from './recovery-made.ts';
import { referralMade } from './referral-made.ts';
import { registryOf } from './registry.ts';
import { relationshipEnded } from './relationship-ended.ts';

/** Every event type that others may publish, in the order in which the API describes them. */
export const declaredEventTypes = [
  momentRecorded,
  feedbackGiven,
  promiseMade,
  promiseKept,
  promiseWithdrawn,
  complaintRaised,
  complaintAnswered,
  complaintResolved,
  complaintFollowedUp,
  recoveryMade,
  purchaseMade,
  referralMade,
  journeyCompleted,
  journeyAbandoned,
  relationshipEnded,
] as const;

type Declared = (typeof declaredEventTypes)[number];
export type EventType = Declared['name'];

/** `data` of each event type. */
export type Data = { [Type in EventType]: z.infer<Extract<Declared, { name: Type }>['data']> };

/** The `data` of each event type by its wire name. */
export const dataSchemas = Object.fromEntries(declaredEventTypes.map(({ name, data }) => [name, data])) as {
  readonly [Type in EventType]: Extract<Declared, { name: Type }>['data'];
};

const registry = registryOf<EventType>(declaredEventTypes);

export const eventTypes: readonly EventType[] = registry.names;

/** The declaration of that name; undefined where there is none. */
export const declarationOf = registry.declarationOf;

/**
 * The type of that name; undefined where there is none. It is always the same text, so that
 * comparisons are cheap.
 */
export const eventTypeOf = (name: string): EventType | undefined => declarationOf(name)?.name;

export const isEventType = (name: string): name is EventType => declarationOf(name) !== undefined;

/** The type with that short name, such as `moment.recorded`; undefined where there is none. */
export const eventTypeOfShort = registry.ofShort;

/** `moment.recorded` of `touchstone.moment.recorded.v1`. */
export type ShortType = EventType extends `touchstone.${infer Rest}.v${number}` ? Rest : never;
