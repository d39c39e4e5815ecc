import { PublishError, TouchstoneError, UnreachableError } from '@touchstone/client';
import { CliError } from './cli-error.ts';

/** A failure in words for who typed the command, with what to do; `undefined` for a fault of this program, whose stack is wanted. */
export function explainFailure(error: unknown): string | undefined {
  if (error instanceof TouchstoneError) return error.message + hintFor(error.status);
  if (error instanceof UnreachableError) {
    return `${error.message}\nStart the system (npx --yes pnpm@12 start), or name another with --url or TOUCHSTONE_URL.`;
  }
  if (error instanceof PublishError) return explainFailure(error.cause) ?? error.message;
  if (error instanceof CliError) {
    const inner = error.cause instanceof Error && error.cause !== error ? explainFailure(error.cause) : undefined;
    // A cause that has more to say than the message tells the hint; one that is the message is not said twice.
    return inner === undefined || inner === error.message ? error.message : `${inner}\n${tailOf(error, inner)}`.trim();
  }
  return undefined;
}

function tailOf(error: CliError, inner: string): string {
  const first = inner.split('\n')[0]!;
  return error.message.startsWith(first) ? error.message.slice(first.length).trim() : error.message;
}

function hintFor(status: number): string {
  if (status === 401) return '\nGive a key with --key or TOUCHSTONE_KEY.';
  if (status === 403) return '\nThe key may not do this; `pnpm touchstone key NAME --scopes …` makes another.';
  return '';
}
