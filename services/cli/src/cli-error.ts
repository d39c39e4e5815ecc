/**
 * A failure that ends a command, shown without a stack. Its message says what failed, where, and
 * what to do.
 */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** Exit codes of the commands, documented in the README: scripts rely on them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** The command completed, but something was refused (rows of an import, checks of the doctor). */
  incomplete: 2,
  /** Stopped by Ctrl-C; the code is the shells' convention. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
