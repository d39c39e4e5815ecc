import { resolve } from 'node:path';
import { exportNames } from '@touchstone/api/vocabulary';
import { type Client, createClient } from '@touchstone/client';
import { DAY_MS, parseInstant } from '@touchstone/journey';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addAlerts } from './alert-program.ts';
import type { ExitCode } from './cli-error.ts';
import { listDefinitions, putDefinitions } from './commands/definition-commands.ts';
import { runImport } from './commands/import-command.ts';
import { runLost } from './commands/lost-command.ts';
import { runParked } from './commands/parked-command.ts';
import { runCustomer, runJourney } from './commands/read-commands.ts';
import { runRebuild } from './commands/rebuild-command.ts';
import { putShopDefinitions } from './commands/shop-definitions-first.ts';
import { runSimulate } from './commands/simulate-command.ts';
import { runTrial } from './commands/trial-command.ts';
import type { Publish } from './import/import-file.ts';
import { runLive } from './live/live-command.ts';
import { addLoyalty } from './loyalty-program.ts';
import { addQuestions } from './question-program.ts';
import { addService } from './service-program.ts';

interface Target {
  readonly url: string;
  readonly key?: string;
}

/** The command line. `end` receives the exit code. */
export function touchstoneProgram(end: (code: ExitCode) => void): Command {
  const program = new Command('touchstone')
    .description('Publish to, read from and look after a running Touchstone.')
    .addOption(new Option('--url <url>', 'where it answers').env('TOUCHSTONE_URL').default('http://127.0.0.1:4700'))
    .addOption(
      new Option(
        '--key <key>',
        'needed where it has keys; other users see it in the list of processes, TOUCHSTONE_KEY they do not',
      ).env('TOUCHSTONE_KEY'),
    )
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError();
  const target = () => program.opts<Target>();
  // Read commands retry once only: for a system that is down eight attempts gain nothing.
  const reader = () => createClient({ ...target(), retries: 1 });
  addImport(program, target, end);
  addSimulate(program, target, end);
  addReading(program, reader);
  const read = { instant, few, file: fromHere };
  addQuestions(program, reader, read);
  addLoyalty(program, reader, read);
  addService(program, reader, read);
  addAlerts(program, reader, read);
  addLive(program, reader, end);
  addRunning(program, target, reader, end);
  addExport(program, target, end);
  return program;
}

function addImport(program: Command, target: () => Target, end: (code: ExitCode) => void): void {
  program
    .command('import')
    .description('publish files: CloudEvents as NDJSON, or CSV and XES through a mapping; .gz too')
    .argument('<file...>', 'imported one after the other')
    .option('-m, --mapping <file>', 'JSON that says what the columns mean (services/cli/README.md)')
    .option('--restart', 'begin anew instead of going on; repeats count as duplicates', false)
    .option('--dry-run', 'show the events that would be made and publish nothing', false)
    .option('--examples <n>', 'events that a dry run shows', whole, 5)
    .option('--notes <folder>', 'where the progress and the rejected rows are kept (default: beside the file)')
    .option('--json', 'the summary as JSON', false)
    .action(async (files: string[], options) => {
      const publish = options.dryRun ? nowhere : publisher(target());
      const code = await runImport({
        files: files.map(fromHere),
        mappingFile: options.mapping === undefined ? undefined : fromHere(options.mapping),
        target: target().url,
        publish,
        restart: options.restart,
        dryRun: options.dryRun,
        examples: options.examples,
        notesFolder: options.notes === undefined ? undefined : fromHere(options.notes),
        json: options.json,
      });
      end(code);
    });
}

function addSimulate(program: Command, target: () => Target, end: (code: ExitCode) => void): void {
  program
    .command('simulate')
    .description(
      'publish the history of a believable shop, its definitions first where there are none; the same seed gives the same shop',
    )
    .option('--seed <n>', 'which shop', whole, 1)
    .option('--customers <n>', 'how many', whole, 300)
    .option('--days <n>', 'how long it runs', whole, 450)
    .option('--from <date>', 'its first day, e.g. 2025-01-01 (default: so many days ago)', day)
    .option('--live', 'then go on in real time until Ctrl-C', false)
    .option('--rate <n>', 'events a second of --live', positive, 1)
    .option('--out <file>', 'write NDJSON there and publish nothing')
    .option('--json', 'the counts as JSON', false)
    .action(async (options) => {
      if (options.live && (options.from !== undefined || options.out !== undefined)) {
        program.error('error: --live ends its past now and publishes: leave --from and --out away');
      }
      const now = options.live ? Date.now() : Math.floor(Date.now() / DAY_MS) * DAY_MS;
      const code = await runSimulate({
        seed: options.seed,
        customers: options.customers,
        days: options.days,
        from: options.from ?? now - options.days * DAY_MS,
        out: options.out === undefined ? undefined : fromHere(options.out),
        rate: options.live ? options.rate : undefined,
        publish: options.out === undefined ? publisher(target()) : nowhere,
        prepare: () => putShopDefinitions(createClient({ ...target(), retries: 1 })),
        json: options.json,
      });
      end(code);
    });
}

function addLive(program: Command, reader: () => Client, end: (code: ExitCode) => void): void {
  program
    .command('live')
    .description('published events as they are stored, with what each did, until Ctrl-C')
    .option('--type <type>', 'only this CloudEvents type')
    .option('--touchpoint <name>', 'only at this touchpoint')
    .option('--channel <name>', 'only through this channel')
    .addOption(
      new Option('--outcome <outcome>', 'only with this outcome').choices(['succeeded', 'failed', 'abandoned']),
    )
    .option('--journey-type <type>', 'only of journeys of this type')
    .option('--customer <id>', 'only of this customer')
    .option('--team <name>', 'only served by this team')
    .option('--after <position>', 'from this position of the log on, instead of from now on')
    .option('--json', 'each as a line of JSON', false)
    .action(async ({ after, json, customer: customerId, ...filters }) => {
      end(await runLive(reader(), { filters: { ...filters, customerId }, after, json }));
    });
}

function addReading(program: Command, reader: () => Client): void {
  const asOf = () => new Option('--as-of <time>', 'as it was then, e.g. 2026-03-01T00:00:00Z').argParser(instant);
  program
    .command('journey')
    .description('one journey: its score, how it comes about, what happened')
    .argument('<id>')
    .option('--customer <id>', 'whose, if several customers use the id')
    .addOption(asOf())
    .option('--json', 'the answer as JSON', false)
    .action((id: string, options) => runJourney(reader(), id, options));
  program
    .command('customer')
    .description('one customer: trust stage, what is missing for the next, history, journeys')
    .argument('<id>')
    .addOption(asOf())
    .option('--json', 'the answer as JSON', false)
    .action((id: string, options) => runCustomer(reader(), id, options));
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the one list of commands.
function addRunning(program: Command, target: () => Target, reader: () => Client, end: (code: ExitCode) => void): void {
  const definitions = program
    .command('definitions')
    .description('the journey definitions and their versions')
    .option('--json', 'the answer as JSON', false)
    .action((options) => listDefinitions(reader(), options.json));
  definitions
    .command('put')
    .description('put new versions; they come into force with a rebuild')
    .argument('<file...>', 'JSON: a definition, or an array of them')
    .action((files: string[]) => putDefinitions(reader(), files.map(fromHere)));
  program
    .command('rebuild')
    .description('fill a new read model from the log beside the old one, compare them, then switch')
    .option('--definitions <file...>', 'put these first')
    .option('--force', 'switch even if the new one is not known to be right', false)
    .option('--json', 'the final state as JSON', false)
    .action(async ({ definitions: files = [], force, json }) =>
      end(await runRebuild(reader(), { definitions: files.map(fromHere), force, json })),
    );
  program
    .command('trial')
    .description(
      'measure all history with other definitions or another policy, without changing anything: who changes, and why',
    )
    .option('--definitions <file...>', 'JSON: a definition, or an array of them; other types stay as they are')
    .option('--policy <file>', 'JSON: the constants that are to be others, e.g. {"peakEnd": 0.5}')
    .option('--limit <n>', 'customers, and journeys, to tell of one by one', few, 20)
    .option('--json', 'the whole report as JSON', false)
    .action(async ({ definitions: files = [], policy, limit, json }) =>
      end(
        await runTrial(reader(), {
          definitions: files.map(fromHere),
          policy: policy === undefined ? undefined : fromHere(policy),
          limit,
          json,
        }),
      ),
    );
  program
    .command('parked')
    .description('events that could not be taken: where, whose, why')
    .option('--retry [position...]', 'have them tried again, or these alone, and say what came of it')
    .option('--json', 'the answer as JSON', false)
    .action(async ({ retry, json }) => end(await runParked(reader(), { retry, json })));
  program
    .command('lost')
    .description('what the log does not hold any more since it was put back from a backup')
    .option('--dismiss', 'forget it, with the rows that still tell of it', false)
    .option('--json', 'the answer as JSON', false)
    .action((options) => runLost(reader(), options));
  program
    .command('doctor')
    .description('check this machine, the configuration, and the system if it runs')
    .option('--json', 'the checks as JSON', false)
    .action(async ({ json }) => {
      // Imported here only, because it loads the engines of both databases.
      const { runDoctor } = await import('./commands/doctor-command.ts');
      end(await runDoctor({ ...target(), json }));
    });
  program
    .command('verify')
    .description(
      'read the whole log (TOUCHSTONE_DATA, or EVENT_STORE_URL) and tell what is damaged, lost, doubled or not counted; stopped, it goes on where it was',
    )
    .option(
      '--full',
      'hold every row of the read model to the log too; an embedded system must be stopped for it',
      false,
    )
    .option('--restart', 'begin anew instead of going on', false)
    .option(
      '--notes <folder>',
      'folder in which its progress is kept, 20 bytes an event while it runs (default: TOUCHSTONE_DATA)',
    )
    .option('--json', 'the result as JSON', false)
    .action(async ({ full, restart, notes, json }) => {
      const { runVerify } = await import('./commands/verify-command.ts');
      const folder = notes === undefined ? undefined : fromHere(notes);
      end(await runVerify({ environment: process.env, full, restart, notes: folder, json }));
    });
  program
    .command('backup')
    .description('copy the log of the running system, or of a stopped one (TOUCHSTONE_DATA), into a file')
    .argument('<file>', 'it must not exist yet')
    .action(async (file: string) => {
      const { runBackup } = await import('./commands/backup-command.ts');
      end(await runBackup({ ...target(), file: fromHere(file), environment: process.env }));
    });
  program
    .command('copy')
    .description(
      'copy a log into another store while it takes events, seal it, prove that both are the same, and say what to switch; again, it goes on',
    )
    .option('--from <place>', 'a data folder, sqlite:FILE or esdb://HOST:PORT')
    .option('--to <place>', 'the same, and empty; it is made where there is none')
    .option('--no-seal', 'only as far as the log is now: it goes on taking events')
    .option(
      '--in-flight <n>',
      'appends on their way to EventStoreDB: faster, but a failure may mean to begin anew',
      few,
      1,
    )
    .option('--lift <place>', 'copy nothing: have a log that was sealed take events again')
    .option('--json', 'the summary as JSON', false)
    .action(async ({ from, to, seal, inFlight, lift, json }) => {
      const { liftSeal, runCopy } = await import('./commands/copy-command.ts');
      if (lift !== undefined) return end(await liftSeal(placeFromHere(lift)));
      if (from === undefined || to === undefined)
        return program.error('error: say --from and --to: a data folder, sqlite:FILE or esdb://HOST:PORT');
      end(await runCopy({ from: placeFromHere(from), to: placeFromHere(to), seal, inFlight, json }));
    });
  program
    .command('restore')
    .description(
      'put a backup in the place of the log of a stopped system (TOUCHSTONE_DATA); its read model is moved aside',
    )
    .argument('<file>', 'that `backup` made')
    .option('--replace', 'move a log that is there aside too', false)
    .action(async (file: string, { replace }) => {
      const { runRestore } = await import('./commands/restore-command.ts');
      end(runRestore({ backup: fromHere(file), replace, environment: process.env }));
    });
  program
    .command('key')
    .description('make a key and its entry for the file of keys')
    .argument('<name>', 'whose it is')
    .requiredOption('--scopes <list>', 'publish, read, admin; separated by commas')
    .option('--sources <list>', 'it may publish events of these sources alone')
    .action(async (name: string, options) => {
      const { runKey } = await import('./commands/key-command.ts');
      runKey(name, options);
    });
}

function addExport(program: Command, target: () => Target, end: (code: ExitCode) => void): void {
  program
    .command('export')
    .description(
      'write the events of the running system, or of a stopped one (TOUCHSTONE_DATA), as CloudEvents that `import` takes, and the definitions beside them; again, it adds what came since. Or write rows of the running system for other tools: `export journeys FILE.csv`',
    )
    .argument('<file-or-rows>', `the log into FILE.ndjson or FILE.ndjson.gz; or ${exportNames.join(', ')}`)
    .argument('[file]', 'for rows: its ending names the format, as .csv, .csv.gz or .parquet')
    .option('--from <position>', 'of the log: the first position that is wanted', position)
    .option('--customer <id>', 'of the log: only events of this customer')
    .option('--type <type>', 'of the log: only events of this CloudEvents type')
    .option('--format <format>', 'of rows: where the ending of the file does not name it')
    .option('--where <name=value...>', 'of rows: only those that pass, e.g. --where type=order attribute.colour=red')
    .option('--json', 'the summary as JSON', false)
    .action(async (first: string, second: string | undefined, options) => {
      const { json } = options;
      const { exportMeant, runRowsExport } = await import('./commands/rows-export-command.ts');
      const meant = exportMeant(first, second, options);
      const file = fromHere(meant.file);
      if (meant.rows !== undefined) return end(await runRowsExport({ ...target(), ...meant, file, json }));
      const { runExport } = await import('./commands/export-command.ts');
      end(await runExport({ ...target(), ...meant, file, environment: process.env, json }));
    });
}

/**
 * Publishing retries while the system is busy; a system that does not answer at all is reported at
 * once.
 */
function publisher(target: Target): Publish {
  const client = createClient(target);
  let isThere = false;
  return async (events) => {
    if (!isThere) await createClient({ ...target, retries: 0 }).get('/healthz');
    isThere = true;
    return client.publish(events as Parameters<Client['publish']>[0]);
  };
}

const nowhere: Publish = () => Promise.reject(new Error('nothing is published here'));

/**
 * Paths are relative to where the command was typed; pnpm runs it from the root of the repository.
 */
function fromHere(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}

/**
 * Resolves a folder or file from where the command was typed; a server's address stays as it is.
 */
function placeFromHere(place: string): string {
  const file = /^sqlite:(.+)$/.exec(place)?.[1];
  if (file !== undefined) return `sqlite:${fromHere(file)}`;
  return /^[a-z][a-z+]+:/i.test(place) ? place : fromHere(place);
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function position(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) throw new InvalidArgumentError('It must be a position of the log: digits.');
  return BigInt(text);
}

function few(text: string): number {
  const count = whole(text);
  if (count < 1 || count > 500) throw new InvalidArgumentError('It must be a whole number 1..500.');
  return count;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 10_000)) throw new InvalidArgumentError('It must be a number above 0, at most 10000.');
  return value;
}

function day(text: string): number {
  const at = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at === undefined) throw new InvalidArgumentError('It must be a day such as 2025-01-01.');
  return at;
}

function instant(text: string): string {
  if (parseInstant(text) === undefined)
    throw new InvalidArgumentError('It must be a time with a zone: 2026-03-01T09:30:00Z.');
  return text;
}
