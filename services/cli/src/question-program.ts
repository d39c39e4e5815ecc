import { parseDuration } from '@touchstone/api/duration';
import type { Client } from '@touchstone/client';
import { type Command, InvalidArgumentError } from 'commander';
import { addQuestion, type Readers, withBuckets, withClocks, withJourneys, withSpan } from './question-options.ts';
import {
  askConformance,
  askDurations,
  askFeedback,
  askFunnel,
  askPaths,
  askVariants,
} from './questions/ask-questions.ts';

/** The commands that ask questions about many journeys; docs/questions says what each answers. */
export function addQuestions(program: Command, reader: () => Client, read: Readers): void {
  const asking = (name: string, description: string) => addQuestion(program, name, description);
  withGroups(withSelection(asking('funnel', 'how many journeys come how far along some steps'), read))
    .argument('<step...>', STEP)
    .option('--within <duration>', 'longest time from the first step to any other, e.g. P14D')
    .option('--strict', 'nothing else may lie between two steps', false)
    .option('--exclude <step...>', 'moments that end the way')
    .action((steps: string[], options) => askFunnel(reader(), steps, options));
  withSequence(withSelection(asking('paths', 'which moments follow which, how often and how soon'), read))
    .option('--nodes <n>', 'labels to list; the others are one, (other)', read.few)
    .option('--ways <n>', 'ways between two to list', read.few, 20)
    .action((options) => askPaths(reader(), options));
  withSequence(withSelection(asking('variants', 'the different ways that journeys take'), read))
    .option('--limit <n>', 'ways to list', read.few, 10)
    .action((options) => askVariants(reader(), options));
  withSelection(asking('conformance', 'how far journeys keep to the steps of their type'), read, { hasType: false })
    .argument('<type>', 'of the journeys')
    .option('--steps <touchpoint...>', 'other steps than those of the definition')
    .option('--include-open', 'look at open journeys too', false)
    .action((type: string, options) => askConformance(reader(), type, options));
  withGroups(withSelection(asking('durations', 'how long journeys take from one moment to another'), read))
    .argument('<from>', STEP)
    .argument('<to>', STEP)
    .option('--bins <duration...>', 'borders of a histogram, e.g. PT1H P1D P1W', bins)
    .action((start: string, end: string, options) => askDurations(reader(), start, end, options));
  withBuckets(withClocks(withSpan(asking('feedback', 'what customers say: csat, nps and ces'), read, 'given'), read))
    .option('--by <names>', 'touchpoint, journeyType, actorTeam, actorSite, attribute.<name>; separated by commas')
    .action((options) => askFeedback(reader(), options));
}

const STEP = 'a touchpoint, or JSON such as {"touchpoint":"payment.approved","outcome":"failed"}';

const withSelection = (command: Command, read: Readers, has?: { readonly hasType: boolean }) =>
  withClocks(withJourneys(command, read, has), read);

const withGroups = (command: Command) =>
  command
    .option('--by <name>', 'a table for each: channel, team, site, stage, type or attribute.<name>')
    .option('--groups <n>', 'groups to list; the others are one, (other)', Number);

const withSequence = (command: Command) =>
  command
    .option('--activity <names...>', 'what a label says: touchpoint, channel, outcome')
    .option('--collapse', 'a run of equal labels is one', false);

function bins(text: string, before: readonly number[] = []): readonly number[] {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('It must be an ISO 8601 duration such as PT1H, P1D or P1W.');
  return [...before, ms];
}
