import type { Definition } from '@touchstone/journey';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differences } from '../oracle/differences.ts';
import type { Question, World } from '../oracle/questions/cases.ts';
import { byFactor, drivers } from '../oracle/questions/drivers.ts';
import { leavers, retention, silent, stages, tiers, transitions, worklist } from '../oracle/questions/loyalty.ts';
import { benchmarks, flatIndex } from '../oracle/questions/measures.ts';
import { gaps, importance, quality } from '../oracle/questions/quality.ts';
import { serviceQuestions, serviceWorlds } from '../oracle/questions/random-service.ts';
import { complaintsReport, promisesReport, recovery } from '../oracle/questions/service.ts';
import { asked, inAddress } from '../worked-answers/worked-questions.ts';
import { startOverHistory } from './questions-system.ts';

/** Worlds of one run, and questions about each: `SERVICE_WORLDS=50` takes some ten minutes. */
const WORLDS = Number(process.env.SERVICE_WORLDS ?? 1);
const QUESTIONS = Number(process.env.QUESTIONS_EACH ?? 25);
const SEED = Number(process.env.QUESTION_SEED ?? 20);
const EVENTS_MAX = 260;

const within = (expected: number) => 1e-9 * Math.max(1, Math.abs(expected));
const lengths: Readonly<Record<string, number>> = { PT1H: 3_600_000, P1D: 86_400_000, P3D: 3 * 86_400_000 };
const ms = (text: string) => lengths[text]!;

const oracle: Readonly<Record<string, (world: World, question: Question) => unknown>> = {
  ...{ stages, transitions, retention, tiers, silent, leavers, worklist, promisesReport, recovery, benchmarks },
  ...{ quality, gaps },
  importance: (world, question) => importance(world, question, ms),
  complaintsReport: (world, question) => complaintsReport(world, question, ms),
  drivers: (world, question) => drivers(world, question, ms),
  index: flatIndex,
};

test('random questions about customers and service have the answers of an implementation written apart', async () => {
  for (const [nth, world] of fc.sample(serviceWorlds(EVENTS_MAX), { numRuns: WORLDS, seed: SEED }).entries()) {
    const stored = world.log.map(({ event, recordedAt }) => ({
      recordedAt: new Date(recordedAt).toISOString(),
      event,
    }));
    const system = await startOverHistory(Object.values(world.definitions) as unknown as Definition[], stored);
    try {
      for (const { kind, question } of fc.sample(serviceQuestions(world), { numRuns: QUESTIONS, seed: SEED + nth })) {
        const [method, path] = asked[kind as keyof typeof asked].split(' ') as [string, string];
        const got =
          method === 'POST'
            ? await system.ask(method, path, question)
            : await system.ask(method, `${path}?${inAddress({ ask: kind, ...question })}`);
        if (kind === 'drivers') got.items?.sort(byFactor);
        // Units are told by rank.
        if (kind === 'benchmarks')
          got.rows?.sort((a: { unit: string }, b: { unit: string }) =>
            Buffer.compare(Buffer.from(a.unit), Buffer.from(b.unit)),
          );
        const found = differences(oracle[kind]!(world, question), got, within, kind);
        const told = got.error === undefined ? '' : `${got.error}: ${got.detail}`;
        expect(found, `world ${nth}: ${kind} ${JSON.stringify(question)} ${told}`).toEqual([]);
      }
    } finally {
      await system.stop();
    }
  }
});
