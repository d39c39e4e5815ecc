import type { ClickHouse, Parameters } from '@touchstone/read-models';
import type { QuestionContext } from '@touchstone/read-models/questions';
import type { ChdbConnection } from 'chdb/connection';

/** The statements of the product's questions, run straight on the engine. */

/** The first generation of a new folder. */
export const GENERATION = 1;

interface Statement {
  readonly sql: string;
  readonly params: Parameters;
}

/** The statements that a question sends to the engine, one after the other. */
export async function statementsOf(
  engine: ChdbConnection,
  ask: (context: QuestionContext) => Promise<unknown>,
): Promise<readonly Statement[]> {
  const statements: Statement[] = [];
  const listening: Pick<ClickHouse, 'query'> = {
    query: async (sql, params, row) => {
      statements.push({ sql, params });
      const text = new TextDecoder().decode(await answerOf(engine, { sql, params }));
      return text.split('\n').flatMap((line) => (line === '' ? [] : [row.parse(JSON.parse(line))]));
    },
  };
  await ask({ clickhouse: listening as ClickHouse, generation: GENERATION, now: Date.now(), definitions: new Map() });
  return statements;
}

export async function askEngine(engine: ChdbConnection, statements: readonly Statement[]): Promise<void> {
  for (const statement of statements) await answerOf(engine, statement);
}

async function answerOf({ chdb }: ChdbConnection, { sql, params }: Statement): Promise<Uint8Array> {
  for (const [name, value] of Object.entries(params)) {
    const text = String(value).replaceAll('\\', '\\\\').replaceAll("'", "\\'");
    await chdb.queryAsync(`SET param_${name} = '${text}'`);
  }
  return (await chdb.queryAsync(sql, { format: 'JSONEachRow' })).bytes();
}

/** The answer to a question that is posted, or asked for by its address alone. */
export async function postedTo(url: string, body?: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${JSON.stringify(told)}`);
  return told;
}
