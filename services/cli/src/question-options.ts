import { type Command, Option } from 'commander';

/** Options that several questions share. */

/** How the values of options are read. */
export interface Readers {
  readonly instant: (text: string) => string;
  readonly few: (text: string) => number;
  readonly file: (name: string) => string;
}

/** Adds the command of a question. */
export const addQuestion = (program: Command, name: string, description: string) =>
  program.command(name).description(description).option('--json', 'the answer as JSON', false);

const time = (command: Command, flags: string, words: string, { instant }: Readers) =>
  command.addOption(new Option(flags, words).argParser(instant));

/** From when to when. */
export function withSpan(command: Command, read: Readers, words = 'what happened'): Command {
  time(command, '--from <time>', `${words} at or after, e.g. 2026-03-01T00:00:00Z`, read);
  return time(command, '--to <time>', `${words} before`, read);
}

/** The two clocks. */
export function withClocks(command: Command, read: Readers): Command {
  time(command, '--as-of <time>', 'only what had happened by then', read);
  return time(command, '--known-at <time>', 'only what was stored by then', read);
}

/** Whose journeys. */
export function withJourneys(command: Command, read: Readers, { hasType = true } = {}): Command {
  withSpan(command, read, 'begun');
  if (hasType) command.option('--type <type>', 'journeys of this type');
  return command.option(
    '--where <filter...>',
    'other filters: NAME=VALUE, e.g. team=south hasFailure=true attribute.colour=red',
  );
}

export const withBuckets = (command: Command) =>
  command
    .option('--bucket <length>', '1h, 1d, 1w, 1M …')
    .option('--time-zone <name>', 'whose days, weeks and months, e.g. Europe/Berlin');
