import type { Client } from '@touchstone/client';
import { type Command, Option } from 'commander';
import {
  listAlerts,
  listHeartbeats,
  listObjectives,
  listTargets,
  putAlertRules,
  runBacktest,
} from './alerts/alert-commands.ts';
import { addQuestion, type Readers } from './question-options.ts';

/** The commands about objectives, heartbeats and their alerts; docs/alerts.md explains them. */
export function addAlerts(
  program: Command,
  reader: () => Client,
  { instant, file }: Pick<Readers, 'instant' | 'file'>,
): void {
  const alerts = addQuestion(program, 'alerts', 'the alerts that were told, the newest first')
    .addOption(new Option('--state <state>', 'only these').choices(['firing', 'ended']))
    .action((options) => listAlerts(reader(), options));
  alerts
    .command('put')
    .description('put objectives, heartbeats and watches; they are in force from the next minute')
    .argument('<file...>', 'JSON: {"objectives": {name: …}, "heartbeats": …, "watches": …}, as `export` writes it')
    .action((files: string[]) => putAlertRules(reader(), files.map(file)));
  addQuestion(program, 'objectives', 'the objectives: spent budgets, burn rates, what fires').action((options) =>
    listObjectives(reader(), options),
  );
  addQuestion(program, 'heartbeats', 'the heartbeats: last moments, and what is silent').action((options) =>
    listHeartbeats(reader(), options),
  );
  addQuestion(program, 'targets', 'where alerts are sent, and what was not taken there').action((options) =>
    listTargets(reader(), options),
  );
  addQuestion(program, 'backtest', 'the alerts that an objective or a heartbeat would have given')
    .argument('<file>', 'JSON: an objective, or a heartbeat')
    .addOption(new Option('--from <time>', 'the first minute that is judged').argParser(instant).makeOptionMandatory())
    .addOption(new Option('--to <time>', 'the first minute that is not').argParser(instant).makeOptionMandatory())
    .addOption(
      new Option('--clock <clock>', 'event: moments count from their own time on, for imported history')
        .choices(['stored', 'event'])
        .default('stored'),
    )
    .action((name: string, options) => runBacktest(reader(), file(name), options));
}
