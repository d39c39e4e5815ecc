import { z } from 'zod';

const positive = z.number().positive();
const count = z.number().int().nonnegative();
const score = z.number().min(0).max(100);

/** All constants of the measurement, versioned as one set. Days are 86,400 s; scores are 0..100. */
export const policySchema = z
  .strictObject({
    version: z.string().min(1).max(64),
    /** Score of a confirmed expectation. */
    confirmed: z.number().min(1).max(99),
    /** Half width of the zone of tolerance, on the 1..5 scale. */
    tolerance: z.number().min(0).max(2),
    /** Steepness of the response outside the zone. */
    curvature: z.number().min(0).max(10),
    defaultExpectation: z.number().min(1).max(5),
    /** Share of peak and end in a journey's score. */
    peakEnd: z.number().min(0).max(1),
    brokenPromisePoints: z.number().nonnegative(),
    openComplaintPoints: z.number().nonnegative(),
    /** Maximum score of a journey with an unrecovered critical failure. */
    vetoCap: score,
    abandonAfterDays: positive,
    trust: z
      .strictObject({
        smoothing: z.number().gt(0).max(1),
        /** A moment with at least this score counts as satisfying. */
        satisfied: score,
        criticalDays: positive,
        incidentDays: positive,
        complaintOpenDays: positive,
        cognitive: z
          .strictObject({
            satisfaction: score,
            satisfiedMoments: count,
            streak: count,
            lostBelow: score,
            idleDays: positive,
          })
          .meta({ id: 'CognitiveTrust' }),
        affective: z
          .strictObject({
            satisfaction: score,
            satisfiedMoments: count,
            streakDays: z.number().nonnegative(),
            delights: count,
            lostBelow: score,
            idleDays: positive,
          })
          .meta({ id: 'AffectiveTrust' }),
        behavioural: z
          .strictObject({
            satisfaction: score,
            purchases: count,
            purchaseSpanDays: z.number().nonnegative(),
            purchaseWithinDays: positive,
            incidents: count,
            lostBelow: score,
            noPurchaseDays: positive,
          })
          .meta({ id: 'BehaviouralTrust' }),
      })
      .meta({ id: 'TrustPolicy' }),
    loyalty: z
      .strictObject({
        satisfaction: score,
        satisfiedMoments: count,
        purchases: count,
        purchaseDays: positive,
        /**
         * A satisfied customer who is silent for more than this many times their median gap between
         * visits is quietly leaving.
         */
        silenceGaps: positive,
        /** With fewer visits, a customer has no rhythm to compare the silence with. */
        silenceVisits: count,
        /** A silence up to this many days is never too long, whatever the rhythm. */
        silenceDaysMin: positive,
        /** Limit of the silence of a customer without a rhythm. */
        silenceDays: positive,
      })
      .meta({ id: 'LoyaltyPolicy' }),
  })
  .meta({ id: 'Policy' });

export type Policy = z.infer<typeof policySchema>;

const { trust, loyalty } = policySchema.shape;

/**
 * A change of a policy: constants that it does not name stay. Names and ranges are those of the
 * policy; without a `version`, the result gets its own.
 */
export const policyChangeSchema = z
  .strictObject({
    ...policySchema.partial().shape,
    trust: z
      .strictObject({
        ...trust.partial().shape,
        cognitive: trust.shape.cognitive.partial().meta({ id: 'CognitiveTrustChange' }).optional(),
        affective: trust.shape.affective.partial().meta({ id: 'AffectiveTrustChange' }).optional(),
        behavioural: trust.shape.behavioural.partial().meta({ id: 'BehaviouralTrustChange' }).optional(),
      })
      .meta({ id: 'TrustPolicyChange' })
      .optional(),
    loyalty: z
      .strictObject(loyalty.partial().shape, { error: movedConstant })
      .meta({ id: 'LoyaltyPolicyChange' })
      .optional(),
  })
  .meta({ id: 'PolicyChange' });
export type PolicyChange = z.infer<typeof policyChangeSchema>;

/**
 * Explains a constant that was removed because its meaning changed, so that no old value is
 * misread.
 */
function movedConstant(issue: { readonly code?: string; readonly keys?: unknown }): string | undefined {
  if (issue.code !== 'unrecognized_keys' || !(issue.keys as string[]).includes('silenceMoments')) return undefined;
  return 'silenceMoments is gone: rhythm is of visits now, and silenceVisits says how many it takes';
}

/**
 * Reads a policy recorded by an earlier version, which measured silence in moments; constants that
 * it lacks are those of the first policy.
 */
export function policyAsRecorded(recorded: unknown): Policy {
  const loyalty = (recorded as { readonly loyalty?: { readonly silenceMoments?: unknown } } | null)?.loyalty;
  if (loyalty?.silenceMoments === undefined) return policySchema.parse(recorded);
  const { silenceMoments, ...kept } = loyalty;
  const { silenceVisits, silenceDaysMin, silenceDays } = policyV1.loyalty;
  return policySchema.parse({
    ...(recorded as object),
    loyalty: { silenceVisits, silenceDaysMin, silenceDays, ...kept },
  });
}

/** Applies a change to a policy; a change of no constant returns the policy itself. */
export function policyWith(policy: Policy, change: PolicyChange): Policy {
  const { trust } = change;
  const changed = policySchema.parse({
    ...policy,
    ...named(change),
    trust: {
      ...policy.trust,
      ...named(trust),
      cognitive: { ...policy.trust.cognitive, ...named(trust?.cognitive) },
      affective: { ...policy.trust.affective, ...named(trust?.affective) },
      behavioural: { ...policy.trust.behavioural, ...named(trust?.behavioural) },
    },
    loyalty: { ...policy.loyalty, ...named(change.loyalty) },
  });
  if (changedConstants(policy, changed).length === 0) return policy;
  // Other constants make another version, even without a given name.
  return change.version === undefined ? { ...changed, version: `${policy.version}-changed`.slice(-64) } : changed;
}

/** Drops entries whose value is undefined. */
function named(change: object | undefined): object {
  return Object.fromEntries(Object.entries(change ?? {}).filter(([, value]) => value !== undefined));
}

export interface ChangedConstant {
  /** For example `trust.cognitive.streak`. */
  readonly path: string;
  readonly before: number | string;
  readonly after: number | string;
}

/** The constants in which two policies differ, in the order of the policy. */
export function changedConstants(before: Policy, after: Policy): readonly ChangedConstant[] {
  const constants = (value: object, path: string): [string, number | string][] =>
    Object.entries(value).flatMap(([name, entry]) =>
      typeof entry === 'object' && entry !== null
        ? constants(entry, `${path}${name}.`)
        : ([[path + name, entry]] as [string, number | string][]),
    );
  const then = new Map(constants(before, ''));
  return constants(after, '').flatMap(([path, value]) =>
    value === then.get(path) ? [] : [{ path, before: then.get(path)!, after: value }],
  );
}

export const policyV1: Policy = {
  version: '1',
  confirmed: 70,
  tolerance: 0.5,
  curvature: 1.5,
  defaultExpectation: 4,
  peakEnd: 0.3,
  brokenPromisePoints: 10,
  openComplaintPoints: 10,
  vetoCap: 0,
  abandonAfterDays: 30,
  trust: {
    smoothing: 0.3,
    satisfied: 70,
    criticalDays: 90,
    incidentDays: 90,
    complaintOpenDays: 14,
    cognitive: { satisfaction: 70, satisfiedMoments: 3, streak: 2, lostBelow: 60, idleDays: 180 },
    affective: { satisfaction: 75, satisfiedMoments: 6, streakDays: 30, delights: 2, lostBelow: 65, idleDays: 365 },
    behavioural: {
      satisfaction: 75,
      purchases: 3,
      purchaseSpanDays: 90,
      purchaseWithinDays: 365,
      incidents: 2,
      lostBelow: 60,
      noPurchaseDays: 365,
    },
  },
  loyalty: {
    satisfaction: 75,
    satisfiedMoments: 3,
    purchases: 2,
    purchaseDays: 365,
    silenceGaps: 2,
    silenceVisits: 4,
    silenceDaysMin: 30,
    silenceDays: 180,
  },
};
