import type { Endpoint, Told } from '@touchstone/api';
import { holdReports } from '@touchstone/journey';
import type { QuestionContext, RowsContext } from '@touchstone/read-models/questions';
import { type Asker, Problem } from '@touchstone/runtime';
import { readModelFor } from '../asker.ts';
import type { App, QueryDeps } from '../deps.ts';
import { type RequestOf, serveEndpoint } from '../serve-endpoint.ts';
import { costlyAnswers } from '../waits/costly-answers.ts';

/** Lets one asker have one answer at a time, and leaves room for another's. */
const ANSWERS_AT_ONCE = 2;

type Answer<E extends Endpoint> = (request: RequestOf<E>, context: RowsContext) => Promise<Told<E>>;

/** The answer to a question that stands in the address alone. */
export function byQuery<E extends Endpoint>(
  answer: (asked: RequestOf<E>['query'], context: RowsContext) => Promise<Told<E>>,
): Answer<E> {
  return ({ query }, context) => answer(query, context);
}

/** Adds the definitions that the rows in force were measured with. */
export function addDefinitions({ measures }: QueryDeps) {
  return (context: RowsContext): QuestionContext => ({ ...context, definitions: measures().definitions });
}

/** Serves questions about all customers, whose answers equal requests share. */
export interface QuestionServer {
  serve<E extends Endpoint>(endpoint: E, answer: Answer<E>): void;
  /** Like `serve`, for a question that reads what rows of before `RULES` 7 do not hold. */
  serveReport<E extends Endpoint>(endpoint: E, answer: Answer<E>): void;
}

export function serveQuestions(app: App, deps: QueryDeps): QuestionServer {
  const costly = costlyAnswers(deps, ANSWERS_AT_ONCE);
  const serve: QuestionServer['serve'] = (endpoint, answer) =>
    serveEndpoint(app, deps, endpoint, async (request) => {
      const now = await deps.now();
      const question = [endpoint.id, request.params, request.query, request.body, now];
      return costly(request, question, (asker) => answer(request, contextOf(deps, asker, now)));
    });
  return {
    serve,
    serveReport: (endpoint, answer) =>
      serve(endpoint, async (request, context) => {
        assertRebuilt(deps);
        return answer(request, context);
      }),
  };
}

function contextOf(deps: QueryDeps, asker: Asker, now: number): RowsContext {
  const [clickhouse, generation] = readModelFor(deps, asker);
  return { clickhouse, generation, now };
}

/** @throws Problem `rebuild_needed` while the rows in force lack what reports read. */
function assertRebuilt({ measures }: QueryDeps): void {
  if (holdReports(measures())) return;
  throw new Problem(
    'rebuild_needed',
    'The rows were made by an earlier version and lack what this question reads. They are being filled anew beside: ask again once that is in force, see GET /v1/rebuild.',
    { headers: { 'retry-after': '30' } },
  );
}
