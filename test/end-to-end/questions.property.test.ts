import type { Definition } from '@touchstone/journey';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differences } from '../oracle/differences.ts';
import { casesFor, type Question, type World } from '../oracle/questions/cases.ts';
import { questions, worlds } from '../oracle/questions/random-questions.ts';
import { conformance, paths, variants } from '../oracle/questions/sequences.ts';
import { durations, funnel } from '../oracle/questions/ways.ts';
import { startOverHistory } from './questions-system.ts';

/** Worlds of one run, and questions about each: `QUESTION_WORLDS=50` takes some ten minutes. */
const WORLDS = Number(process.env.QUESTION_WORLDS ?? 1);
const QUESTIONS = Number(process.env.QUESTIONS_EACH ?? 25);
const SEED = Number(process.env.QUESTION_SEED ?? 19);
const EVENTS_MAX = 160;

const within = (expected: number) => 1e-9 * Math.max(1, Math.abs(expected));
/** The length of a duration of the random questions: at most days, hours, minutes and seconds. */
function ms(text: string): number {
  const [, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/
      .exec(text)!
      .map(Number)
      .map((n) => n || 0);
  return ((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

function expected(world: World, path: string, question: Question): unknown {
  const cases = casesFor(world, question, ms);
  if (path === 'funnel') return funnel(world, cases, question, ms);
  if (path === 'durations') return durations(world, cases, question);
  if (path === 'paths') return paths(cases, question);
  if (path === 'variants') return variants(world, cases, question);
  return conformance(world, cases, question);
}

test('random questions over random histories have the answers of an implementation written apart', async () => {
  for (const [nth, world] of fc.sample(worlds(EVENTS_MAX), { numRuns: WORLDS, seed: SEED }).entries()) {
    const stored = world.log.map(({ event, recordedAt }) => ({
      recordedAt: new Date(recordedAt).toISOString(),
      event,
    }));
    const system = await startOverHistory(Object.values(world.definitions) as unknown as Definition[], stored);
    try {
      for (const { path, question } of fc.sample(questions(world), { numRuns: QUESTIONS, seed: SEED + nth })) {
        const got = await system.ask('POST', `/v1/analytics/${path}`, question);
        const found = differences(expected(world, path, question), got, within, path);
        const told = got.error === undefined ? '' : `${got.error}: ${got.detail}`;
        expect(found, `world ${nth}: ${path} ${JSON.stringify(question)} ${told}`).toEqual([]);
      }
      for (const path of ['/v1/self-check', '/v1/self-check?type=order', '/v1/self-check?type=(open)']) {
        const { ok, moved, checks } = await system.ask('GET', path);
        const differing = checks.filter((check: { ok: boolean }) => !check.ok);
        expect({ ok, moved, differing }, `world ${nth}: ${path}`).toEqual({
          ok: true,
          moved: undefined,
          differing: [],
        });
      }
    } finally {
      await system.stop();
    }
  }
});
