import { z } from 'zod';

const positive = z.number().positive();
const count = z.number().int().nonnegative();
const score = z.number().min(0).max(100);

/** All constants of the measurement, versioned as one set. Days are 86,400 s; scores are 0..100. */
export const policySchema = z.strictObject({
  version: z.string().min(1).max(64),
  /** Score of a confirmed expectation. */
  confirmed: z.number().min(1).max(99),
  /** Half width of the zone of tolerance, on the 1..5 scale. */
  tolerance: z.number().min(0).max(2),
  /** How sharply the response grows outside the zone. */
  curvature: z.number().min(0).max(10),
  defaultExpectation: z.number().min(1).max(5),
  /** Share of peak and end in a journey's score. */
  peakEnd: z.number().min(0).max(1),
  brokenPromisePoints: z.number().nonnegative(),
  openComplaintPoints: z.number().nonnegative(),
  /** A journey with a standing critical failure scores at most this. */
  vetoCap: score,
  abandonAfterDays: positive,
  trust: z.strictObject({
    smoothing: z.number().gt(0).max(1),
    /** A moment from this score on satisfies. */
    satisfied: score,
    criticalDays: positive,
    incidentDays: positive,
    complaintOpenDays: positive,
    cognitive: z.strictObject({
      satisfaction: score,
      satisfiedMoments: count,
      streak: count,
      lostBelow: score,
      idleDays: positive,
    }),
    affective: z.strictObject({
      satisfaction: score,
      satisfiedMoments: count,
      streakDays: z.number().nonnegative(),
      delights: count,
      lostBelow: score,
      idleDays: positive,
    }),
    behavioural: z.strictObject({
      satisfaction: score,
      purchases: count,
      purchaseSpanDays: z.number().nonnegative(),
      purchaseWithinDays: positive,
      incidents: count,
      lostBelow: score,
      noPurchaseDays: positive,
    }),
  }),
  loyalty: z.strictObject({
    satisfaction: score,
    satisfiedMoments: count,
    purchases: count,
    purchaseDays: positive,
    /** A satisfied customer silent for more than this many of their own median gaps is quietly leaving. */
    silenceGaps: positive,
    /** Fewer moments than this have no rhythm to judge silence by. */
    silenceMoments: count,
  }),
});

export type Policy = z.infer<typeof policySchema>;

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
    silenceMoments: 4,
  },
};
