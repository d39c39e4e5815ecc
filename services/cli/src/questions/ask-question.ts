import type { Answer, Call, Endpoint } from '@touchstone/api';
import type { Client } from '@touchstone/client';
import { CliError } from '../cli-error.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { showWaiting } from '../terminal/progress.ts';

/** Time after which a command says that it still waits. */
const PATIENCE_MS = 2000;

/**
 * Asks a question. After two seconds it shows how long that takes; Ctrl-C closes the request, and
 * the system then ends its work on the answer.
 * @throws the client's errors, and CliError after Ctrl-C.
 */
export async function askQuestion<E extends Endpoint>(client: Client, endpoint: E, call: Call<E>): Promise<Answer<E>> {
  const waiting = showWaiting('waiting for the answer (Ctrl-C cancels)', PATIENCE_MS);
  const { signal, release } = onInterrupt(() => undefined);
  try {
    return await client.call(endpoint, call, { signal });
  } catch (error) {
    if (signal.aborted) throw new CliError('Cancelled: the request is closed, and the system stops its work on it.');
    throw error;
  } finally {
    release();
    waiting.stop();
  }
}
