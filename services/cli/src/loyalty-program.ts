import { endpoints } from '@touchstone/api';
import { customerTierNames, worklistReasons } from '@touchstone/api/vocabulary';
import type { Client } from '@touchstone/client';
import { type Command, Option } from 'commander';
import { addQuestion, type Readers, withBuckets, withSpan } from './question-options.ts';
import { askByQuery, askTiers } from './questions/ask-service.ts';
import {
  showLeavers,
  showRetention,
  showSilent,
  showStages,
  showTimeInStage,
  showTransitions,
} from './questions/show-loyalty.ts';
import { showWorklist } from './questions/show-worklist.ts';

/** The commands about customers over time; docs/questions says what each answers. */
export function addLoyalty(program: Command, reader: () => Client, read: Readers): void {
  const asking = (name: string, description: string) => addQuestion(program, name, description);
  withBuckets(withSpan(asking('stages', 'how many customers were in each trust stage, over time'), read)).action(
    (options) => askByQuery(reader(), endpoints.getStages, options, showStages),
  );
  withBuckets(withSpan(asking('transitions', 'how customers moved between trust stages, and why'), read)).action(
    (options) => askByQuery(reader(), endpoints.getTransitions, options, showTransitions),
  );
  asking('time-in-stage', 'how long customers stay in each trust stage').action((options) =>
    askByQuery(reader(), endpoints.getTimeInStage, options, showTimeInStage),
  );
  withSpan(asking('retention', 'who of those that came in one week or month comes again'), read)
    .addOption(new Option('--cohort <length>', 'weeks or months').choices(['1w', '1M']).default('1M'))
    .addOption(new Option('--event <what>', 'what counts as coming').choices(['moment', 'purchase']))
    .option('--at-least <n>', 'how many in a period', read.few)
    .option('--time-zone <name>', 'whose weeks and months, e.g. Europe/Berlin')
    .action((options) => askByQuery(reader(), endpoints.getRetention, options, showRetention));
  withSpan(asking('tiers', 'the vital few: customers by what they bought'), read)
    .addArgument(argument('[tier]', 'list its customers', customerTierNames, program))
    .option('--currency <code>', 'the one with most purchases unless told')
    .option('--limit <n>', 'customers to list', read.few, 20)
    .action((tier: string | undefined, options) => askTiers(reader(), tier, options));
  withSpan(asking('leavers', 'how many of those who left were satisfied'), read).action((options) =>
    askByQuery(reader(), endpoints.getLeavers, options, showLeavers),
  );
  asking('silent', 'customers who are dissatisfied and do not complain')
    .option('--limit <n>', 'customers to list', read.few, 20)
    .action((options) => askByQuery(reader(), endpoints.listSilentCustomers, options, showSilent));
  asking('worklist', 'who needs somebody today, and why')
    .addOption(new Option('--reason <reason>', 'only with this one').choices(worklistReasons))
    .option('--stage <stage>', 'only in this trust stage')
    .option('--team <name>', 'only whom this team served last')
    .addOption(new Option('--tier <tier>', 'only in this tier').choices(customerTierNames))
    .option('--currency <code>', 'of what they bought')
    .option('--limit <n>', 'customers to list', read.few, 20)
    .action((options) => askByQuery(reader(), endpoints.getWorklist, options, showWorklist));
}

const argument = (name: string, words: string, choices: readonly string[], program: Command) =>
  program.createArgument(name, words).choices(choices);
