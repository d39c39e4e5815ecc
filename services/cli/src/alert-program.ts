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

/** How the values of options are read. */
interface Readers {
  readonly instant: (text: string) => string;
  readonly file: (name: string) => string;
}

/** The commands about objectives, heartbeats and their alerts; docs/alerts.md explains them. */
export function addAlerts(program: Command, reader: () => Client, { instant, file }: Readers): void {
  const json = (command: Command) => command.option('--json', 'the answer as JSON', false);
  const alerts = json(program.command('alerts').description('the alerts that were told, the newest first'))
    .addOption(new Option('--state <state>', 'only these').choices(['firing', 'ended']))
    .action((options) => listAlerts(reader(), options));
  alerts
    .command('put')
    .description('put objectives, heartbeats and watches; they are in force from the next minute')
    .argument('<file...>', 'JSON: {"objectives": {name: …}, "heartbeats": …, "watches": …}, as `export` writes it')
    .action((files: string[]) => putAlertRules(reader(), files.map(file)));
  json(program.command('objectives').description('the objectives: spent budgets, burn rates, what fires')).action(
    (options) => listObjectives(reader(), options),
  );
  json(program.command('heartbeats').description('the heartbeats: last moments, and what is silent')).action(
    (options) => listHeartbeats(reader(), options),
  );
  json(program.command('targets').description('where alerts are sent, and what was not taken there')).action(
    (options) => listTargets(reader(), options),
  );
  json(
    program
      .command('backtest')
      .description('the alerts that an objective or a heartbeat would have given')
      .argument('<file>', 'JSON: an objective, or a heartbeat'),
  )
    .addOption(new Option('--from <time>', 'the first minute that is judged').argParser(instant).makeOptionMandatory())
    .addOption(new Option('--to <time>', 'the first minute that is not').argParser(instant).makeOptionMandatory())
    .addOption(
      new Option('--clock <clock>', 'event: moments count from their own time on, for imported history')
        .choices(['stored', 'event'])
        .default('stored'),
    )
    .action((name: string, options) => runBacktest(reader(), file(name), options));
}
