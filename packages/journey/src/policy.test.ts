import { expect, test } from 'vitest';
import { policyAsRecorded, policyChangeSchema, policyV1 } from './policy.ts';

const { silenceVisits, silenceDaysMin, silenceDays, ...others } = policyV1.loyalty;
const earlier = { ...policyV1, confirmed: 65, loyalty: { ...others, silenceMoments: 7 } };

test('a policy that judged silence by moments is read with the visits and days of the first policy, and all else as it was', () => {
  expect(policyAsRecorded(earlier)).toEqual({ ...policyV1, confirmed: 65 });
  expect(policyAsRecorded(policyV1)).toEqual(policyV1);
  expect(() => policyAsRecorded({ ...policyV1, loyalty: others })).toThrow('silenceVisits');
});

test('a change that names silenceMoments is refused with what to say instead; another unknown name in the usual words', () => {
  const problems = (loyalty: object) => policyChangeSchema.safeParse({ loyalty }).error!.issues.map((issue) => issue);
  expect(problems({ silenceMoments: 4 })).toMatchObject([{ message: expect.stringContaining('silenceVisits') }]);
  expect(problems({ colour: 4 })).toMatchObject([{ code: 'unrecognized_keys', keys: ['colour'] }]);
  expect(policyChangeSchema.parse({ loyalty: { silenceVisits: 5, silenceDaysMin: 14, silenceDays: 90 } })).toBeTruthy();
});
