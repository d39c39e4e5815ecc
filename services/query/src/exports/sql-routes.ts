import { afterHeader, SQL_LENGTH_MAX, sqlAnswer, sqlFormats, sqlQuestion } from '@touchstone/api';
import { openSqlDoor, type SqlDoor } from '@touchstone/read-models';
import { callerName, holdUntilSent, inFlight, Problem, problemResponses } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { waitForLists } from '../waits/after-position.ts';
import { withoutFormulas } from './without-formulas.ts';

/** Upper limit of the bytes of answers to SQL that callers have not received yet. */
export const SQL_IN_FLIGHT_MAX = 128 * 1024 * 1024;

const SUMMARY = 'One SELECT over the tables of the read model';
const DESCRIPTION = `Where \`SQL_DOOR=on\` is set, otherwise 403. The tables are \`journeys\`, \`moments\`, \`customers\`, \`promises\`, \`complaints\` and \`trust_changes\`, with columns in snake_case, as they stand (\`FINAL\` is not needed). Only functions that read nothing but their arguments are taken, and no table functions, other databases, settings or parameters: \`invalid_sql\` says what is in the way. A statement has the limits of a question, and its answer 100,000 rows and 16 MiB: \`too_much\`.`;

const binary = z.string().meta({ format: 'binary' });

/** Serves SQL of outside callers, where the operator has opened the door. */
export const sqlRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const door = openedOnce(deps);
  const held = inFlight(SQL_IN_FLIGHT_MAX, 'bytes of answers to SQL');
  app.post(
    '/v1/sql',
    {
      config: { scope: 'read' },
      // A character takes four bytes at most, and six as an escape of JSON.
      bodyLimit: 8 * SQL_LENGTH_MAX,
      schema: {
        operationId: 'askSql',
        tags: ['Exports'],
        summary: SUMMARY,
        description: DESCRIPTION,
        headers: afterHeader,
        body: sqlQuestion,
        response: {
          200: {
            description: SUMMARY,
            content: {
              'application/json': { schema: sqlAnswer },
              'text/csv': { schema: binary },
              'application/vnd.apache.parquet': { schema: binary },
            },
          },
          ...problemResponses(409),
        },
      },
      preHandler: [
        async () => {
          if (deps.sqlDoor !== true) throw new Problem('sql_door_closed', CLOSED);
        },
        ...waitForLists(deps),
      ],
    },
    async (request, reply) => {
      const { sql, format } = request.body;
      const { asker } = request;
      const [, generation] = readModelFor(deps, asker);
      const answer = await (await door()).ask(asker, generation, sql, format);
      const bytes = format === 'csv' ? withoutFormulas(answer) : Buffer.from(answer);
      holdUntilSent(reply, held.hold(callerName(request)), bytes.length);
      return reply.type(sqlFormats[format]).send(bytes as never);
    },
  );
};

const CLOSED =
  'This system takes no SQL: its operator may set SQL_DOOR=on. GET /v1/export/… gives whole tables without it.';

/** Opens the door at the first statement, and again at the next one if that failed. */
function openedOnce({ readModels }: QueryDeps): () => Promise<SqlDoor> {
  let opening: Promise<SqlDoor> | undefined;
  return () => {
    opening ??= openSqlDoor(readModels.clickhouse).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}
