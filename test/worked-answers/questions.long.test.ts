import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type QuestionedSystem, startOverHistory } from '../end-to-end/questions-system.ts';
import { differences } from '../oracle/differences.ts';
import { histories, workedDefinitions, workedHistory } from './worked-answers.ts';
import { asked, inAddress, type WorkedQuestion, workedQuestions } from './worked-questions.ts';

/** Relative or absolute, whichever allows more. */
const within = (expected: number) => 1e-9 * Math.max(1, Math.abs(expected));

test('every kind of worked question is asked', () => {
  const kinds = new Set(histories.flatMap(workedQuestions).map(({ question: { ask } }) => ask));
  expect([...kinds].sort()).toEqual(Object.keys(asked).sort());
});

describe.each(histories)('a whole system with history %s in its log', (name) => {
  const { stored } = workedHistory(name, 'measured');
  let system: QuestionedSystem;

  beforeAll(async () => {
    system = await startOverHistory(workedDefinitions('measured'), stored);
  });
  afterAll(() => system?.stop());

  async function answer(question: WorkedQuestion['question']) {
    const [method, path] = asked[question.ask as keyof typeof asked].split(' ') as [string, string];
    // A worked list without a limit is the whole list.
    const isList = /ourneys$/.test(question.ask);
    const { ask: _, ...body } = isList ? { limit: 500, ...question } : question;
    if (method === 'POST') return system.ask(method, path, body);
    return system.ask(method, `${path}?${inAddress({ ask: question.ask, ...body })}`);
  }

  /** The question's answer; a list of journeys as their customers and ids. */
  async function comparable(
    question: WorkedQuestion['question'],
    expected: WorkedQuestion['answer'],
  ): Promise<WorkedQuestion['answer']> {
    const told = await answer(question);
    if (!/ourneys$/.test(question.ask) || told.error !== undefined || expected.error !== undefined) return told;
    const keys = told.items.map(({ customerId, id }: { customerId: string; id: string }) => [customerId, id]);
    return { items: keys.sort(), nextCursor: told.nextCursor };
  }

  test.each(Object.keys(asked))('all questions of the kind %s have the worked answers', async (kind) => {
    const found: string[] = [];
    const questions = workedQuestions(name).filter(({ question: { ask } }) => ask === kind);
    for (const [nth, { question, answer: expected }] of questions.entries()) {
      const got = await comparable(question, expected);
      if (!/ourneys$/.test(kind) || expected.error !== undefined) {
        if (typeof got.nextCursor === 'string') got.nextCursor = 'more';
        found.push(...differences(expected, got, within, `${nth} ${JSON.stringify(question)}`));
        continue;
      }
      // The order of a list is free, so of one that goes on only its size is known.
      const wanted =
        expected.nextCursor === null
          ? { items: [...expected.items].sort(), nextCursor: null }
          : { items: expect.objectContaining({ length: expected.items.length }), nextCursor: expect.any(String) };
      try {
        expect(got).toMatchObject(wanted);
      } catch (error) {
        found.push(`${nth} ${JSON.stringify(question)}: ${(error as Error).message}`);
      }
    }
    expect(found).toEqual([]);
    expect(questions.length).toBeGreaterThan(0);
  });
});
