import { setTimeout as pause } from 'node:timers/promises';
import type { Turns } from '@touchstone/runtime/turns';
import { quoted } from './bound-parameters.ts';
import type { QuestionLimits } from './clickhouse.ts';
import type { EngineSession } from './embedded-engine.ts';
import { embeddedStreaming, type GiveUp, type Streaming } from './embedded-exports.ts';
import type { SandboxPlace } from './embedded-sandbox.ts';
import { exportLimitSettings } from './question-limits.ts';
import { SQL_AT_ONCE } from './sandbox.ts';

/** A session that carries out commands of the system itself. */
interface Commands {
  command(statement: { readonly query: string }): Promise<unknown>;
}

/** Streams exports of one embedded session, which are killed like queries of askers. */
export async function embeddedExport(
  session: EngineSession,
  index: number,
  limits: QuestionLimits,
  folder: string,
  own: Turns<Commands>,
): Promise<Streaming> {
  const comment = `export ${index}`;
  await session.run(`SET ${ownSettings(exportLimitSettings(limits), comment)}`);
  return embeddedStreaming(session, folder, killing(comment, own));
}

/** Settings of a session whose statements {@link killing} finds by the comment. */
export function ownSettings(limits: Readonly<Record<string, number>>, comment: string): string {
  const settings = { ...limits, log_comment: quoted(comment) };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

/** Places for statements of the sandbox. */
export function sandboxPlaces(own: Turns<Commands>): SandboxPlace[] {
  return Array.from({ length: SQL_AT_ONCE }, (_, i) => {
    const comment = `sql ${i}`;
    return { mark: `log_comment = ${quoted(comment)}`, giveUp: killing(comment, own) };
  });
}

/**
 * Kills the query with this comment from another session, again and again until it is over, because
 * the engine may not have started it yet.
 */
export function killing(comment: string, own: Turns<Commands>): GiveUp {
  const query = `KILL QUERY WHERE Settings['log_comment'] = ${quoted(comment)} ASYNC`;
  const kill = () => own.take(undefined, (other) => other.command({ query }));
  return async (asked) => {
    let isOver = false;
    const over = asked.then(nothing, nothing).then(() => {
      isOver = true;
    });
    while (!isOver) {
      await kill().catch(nothing);
      await Promise.race([over, pause(KILL_AGAIN_MS, undefined, { ref: false })]);
    }
  };
}

const KILL_AGAIN_MS = 200;
const nothing = () => undefined;
