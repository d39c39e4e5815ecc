import type { Asker, Turns } from '@touchstone/runtime/turns';
import { ReadModelError } from '../read-model-error.ts';
import type { QuestionLimits, Sandbox, SqlFormat } from './clickhouse.ts';
import type { EngineSession } from './embedded-engine.ts';
import type { GiveUp } from './embedded-exports.ts';
import { SQL_BYTES_MAX, SQL_ROWS_MAX, sandboxError, sandboxOver, sandboxSettings, TOOK_TOO_MUCH } from './sandbox.ts';

/** A place for statements of outside callers, and how the one that runs there is ended. */
export interface SandboxPlace {
  /** Settings by which `giveUp` finds the statement. */
  readonly mark: string;
  readonly giveUp: GiveUp;
}

/**
 * Runs each statement in a session of its own, which is read-only once its limits are set. The
 * engine has one user here, so that who may name what is checked before.
 */
export function embeddedSandbox(
  name: string,
  openSession: () => EngineSession,
  limits: QuestionLimits,
  places: Turns<SandboxPlace>,
): Sandbox {
  const settings = Object.entries(sandboxSettings(limits)).map(([key, value]) => `${key} = ${value}`);
  const run = (asker: Asker, database: string, statement: string, format?: SqlFormat): Promise<Uint8Array> =>
    places.take(asker, async ({ mark, giveUp }) => {
      const session = openSession();
      let killed: Promise<void> | undefined;
      let asked: Promise<Uint8Array> | undefined;
      const onLeft = () => {
        if (asked !== undefined) killed = giveUp(asked);
      };
      asker.signal.addEventListener('abort', onLeft);
      try {
        await session.run(`SET ${[...settings, mark].join(', ')}`);
        await session.run(`USE ${database}`);
        await session.run('SET readonly = 1');
        asker.signal.throwIfAborted();
        asked = answerOf(session, statement, format);
        return await asked;
      } catch (error) {
        throw sandboxError(name, error, asker.signal);
      } finally {
        asker.signal.removeEventListener('abort', onLeft);
        await killed;
        session.close();
      }
    });
  return sandboxOver(run, async () => undefined);
}

/** Lines in front of the rows of a format, which the engine writes before every chunk. */
const HEADER_LINES: Readonly<Record<Exclude<SqlFormat, 'Parquet'>, number>> = {
  CSVWithNames: 1,
  JSONCompactEachRowWithNamesAndTypes: 2,
};

/** Answers within the limits of rows and bytes, which the embedded engine does not keep itself. */
async function answerOf(session: EngineSession, statement: string, format?: SqlFormat): Promise<Uint8Array> {
  if (format === undefined) return session.ask(statement);
  if (format === 'Parquet') {
    const counted = await session.ask(`SELECT count(), sum(byteSize(*)) FROM (${statement})`);
    const [rows = 0, bytes = 0] = Buffer.from(counted).toString().trim().split('\t').map(Number);
    assertWithin(rows, bytes);
    return session.ask(`${statement} FORMAT Parquet`);
  }
  const parts: Uint8Array[] = [];
  let [rows, bytes] = [0, 0];
  for await (const chunk of session.stream(`${statement} FORMAT ${format}`)) {
    const part = parts.length === 0 ? chunk.bytes : withoutLines(chunk.bytes, HEADER_LINES[format]);
    rows += chunk.rows;
    bytes += part.length;
    assertWithin(rows, bytes);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function assertWithin(rows: number, bytes: number): void {
  if (rows > SQL_ROWS_MAX || bytes > SQL_BYTES_MAX) throw new ReadModelError('too-much', TOOK_TOO_MUCH);
}

/** The names of columns hold no line breaks, see `check-statement.ts`. */
function withoutLines(bytes: Uint8Array, lines: number): Uint8Array {
  let from = 0;
  for (let i = 0; i < lines; i++) from = bytes.indexOf(0x0a, from) + 1;
  return bytes.subarray(from);
}
