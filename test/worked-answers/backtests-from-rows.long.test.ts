import { heartbeatSchema, objectiveSchema } from '@touchstone/api';
import { testHeartbeat, testObjective } from '@touchstone/operations';
import { batch, momentRow, parkedRow } from '@touchstone/read-models/testing';
import { openedForTest } from '@touchstone/read-models/testing/opened-for-test';
import { expect, test } from 'vitest';
import { momentsOf, storedForBacktests, told, workedBacktests } from './worked-backtests.ts';

const moments = momentsOf(storedForBacktests());

/** All moments as rows of the read model; those of `isParked` were parked for a while. */
async function inRows(isParked: (index: number) => boolean) {
  const readModels = await openedForTest();
  const { number: generation } = await readModels.createGeneration('{}');
  const upTo = BigInt(moments.length + 1);
  const rows = moments.map(({ touchpoint, channel, team, journeyType, time, storedAt, failed }, index) =>
    momentRow({
      position: BigInt(index + 1),
      // A parked event was recorded long before the retry that took it.
      recordedAt: isParked(index) ? Math.min(time, storedAt) - 86_400_000 : storedAt,
      time,
      eventId: `e${index}`,
      customerId: `c${index % 60}`,
      journeyType,
      touchpoint,
      channel,
      actorTeam: team,
      outcome: failed ? 'failed' : 'succeeded',
    }),
  );
  const parked = moments.flatMap(({ storedAt }, index) =>
    isParked(index)
      ? [parkedRow({ version: upTo, position: BigInt(index + 1), retriedAt: upTo, retryRecordedAt: storedAt })]
      : [],
  );
  await readModels.writeBatch(generation, batch(0n, upTo, { moments: rows, parked }));
  return { clickhouse: readModels.clickhouse, generation };
}

test('every worked back-test has exactly its answer from the read model, also where events were parked', async () => {
  const source = await inRows((index) => index % 50 === 0);
  const worked = workedBacktests();
  const found: object[] = [];
  for (const { question } of worked) {
    const { from, to, clock = 'stored', objective, heartbeat } = question;
    const span = { from: Date.parse(from), to: Date.parse(to), clock };
    const answer =
      question.ask === 'backtestObjective'
        ? await testObjective(source, objectiveSchema.parse(objective), span)
        : await testHeartbeat(source, heartbeatSchema.parse(heartbeat), span);
    found.push({ question, answer: told(answer) });
  }
  expect(found).toEqual(worked);
});
