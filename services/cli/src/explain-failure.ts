import { PublishError, TouchstoneError, UnreachableError } from '@touchstone/client';
import { JsonFileError } from '@touchstone/runtime';
import { CliError } from './cli-error.ts';
import { ImportError } from './import/import-error.ts';
import { MappingError } from './import/mapping.ts';

/** Errors whose message is written for the user of the command. */
const TOLD = [CliError, ImportError, MappingError, JsonFileError, TouchstoneError, UnreachableError, PublishError];

/** A failure in words, with advice; `undefined` for a bug of this program, whose stack is shown. */
export function explainFailure(error: unknown): string | undefined {
  if (!TOLD.some((kind) => error instanceof kind)) return undefined;
  const { message } = error as Error;
  const hint = hintFor(error);
  return hint === undefined ? message : `${message}\n${hint}`;
}

/** Advice for the failure or for its cause. */
function hintFor(error: unknown): string | undefined {
  if (error instanceof UnreachableError) {
    return 'Start the system (npx --yes pnpm@12 start), or name another with --url or TOUCHSTONE_URL.';
  }
  if (error instanceof TouchstoneError && error.status === 401) return 'Give a key with --key or TOUCHSTONE_KEY.';
  if (error instanceof TouchstoneError && error.status === 403) {
    return 'The key may not do this; `pnpm touchstone key NAME --scopes …` makes another.';
  }
  return error instanceof Error && error.cause !== undefined ? hintFor(error.cause) : undefined;
}
