/** A command that cannot go on: what, where, and what to do; shown without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** What a command ends with. Documented in the README: scripts rely on it. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** It ran to its end, but some of it was refused (rows of an import, checks of the doctor). */
  incomplete: 2,
  /** Stopped by Ctrl-C, as shells have it. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
