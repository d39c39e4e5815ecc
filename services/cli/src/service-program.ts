import { endpoints } from '@touchstone/api';
import {
  benchmarkMeasures,
  complaintDimensions,
  driverOutcomes,
  promiseDimensions,
  qualityDimensions,
} from '@touchstone/api/vocabulary';
import type { Client } from '@touchstone/client';
import { type Command, Option } from 'commander';
import { addQuestion, type Readers, withBuckets, withJourneys, withSpan } from './question-options.ts';
import { askByQuery, askDrivers, askImportance, askIndex } from './questions/ask-service.ts';
import { showBenchmarks } from './questions/show-benchmarks.ts';
import { showRater } from './questions/show-drivers.ts';
import { showGaps } from './questions/show-gaps.ts';
import { showComplaints, showPromises, showRecovery } from './questions/show-service.ts';

/** The commands about service and what goes with it; docs/questions says what each answers. */
export function addService(program: Command, reader: () => Client, read: Readers): void {
  const asking = (name: string, description: string) => addQuestion(program, name, description);
  withBuckets(withSpan(asking('promises', 'how promises that fell due were kept'), read))
    .option('--by <names>', separated(promiseDimensions))
    .addOption(new Option('--expected <which>', 'only those that definitions expect').choices(['true', 'false']))
    .action((options) =>
      askByQuery<Parameters<typeof showPromises>[0]>(reader(), endpoints.getPromisesReport, options, (told) =>
        showPromises(told, namesIn(options.by)),
      ),
    );
  withBuckets(withSpan(asking('complaints', 'how complaints were answered, resolved and followed up'), read))
    .option('--by <names>', separated(complaintDimensions))
    .option('--within <duration>', 'how soon an answer is due, e.g. PT4H')
    .action((options) =>
      askByQuery<Parameters<typeof showComplaints>[0]>(reader(), endpoints.getComplaintsReport, options, (told) =>
        showComplaints(told, namesIn(options.by)),
      ),
    );
  withSpan(asking('recovery', 'what recovering from a failure does to what comes after'), read)
    .option('--type <type>', 'journeys of this type')
    .action((options) => askByQuery(reader(), endpoints.getRecovery, options, showRecovery));
  addDrivers(asking, reader, read);
  withSpan(asking('rater', 'the five dimensions of quality: how each is rated, and how much it weighs'), read)
    .option('--by <names>', separated(qualityDimensions))
    .action((options) =>
      askByQuery<Parameters<typeof showRater>[0]>(reader(), endpoints.getQuality, options, (told) =>
        showRater(told, namesIn(options.by)),
      ),
    );
  withSpan(asking('gaps', 'the five gaps between what customers expect and what they get'), read)
    .argument('<type>', 'of the journeys')
    .action((type: string, options) => askByQuery(reader(), endpoints.getGaps, { ...options, type }, showGaps));
  withBuckets(withSpan(asking('index', 'the satisfaction index: a tree of measures'), read))
    .argument('[name]', 'of an index that was put, or six-variables, rater, behaviour', 'behaviour')
    .option('--tree <file>', 'JSON: another tree', read.file)
    .option('--by <name>', 'a tree for each: type, channel, team, site or attribute.<name>')
    .action((name: string, options) => askIndex(reader(), name, options));
  withSpan(asking('benchmarks', 'teams, sites or channels against the best of their own house'), read)
    .option('--by <name>', 'team, site, channel or attribute.<name>', 'team')
    .addOption(new Option('--measure <measure>', 'what is compared').choices(benchmarkMeasures).default('score'))
    .option('--type <type>', 'journeys of this type')
    .action((options) => askByQuery(reader(), endpoints.getBenchmarks, options, showBenchmarks));
}

type Asking = (name: string, description: string) => Command;

function addDrivers(asking: Asking, reader: () => Client, read: Readers): void {
  withJourneys(asking('drivers', 'what goes with an outcome of journeys'), read)
    .argument('<outcome>', driverOutcomes.join(', '))
    .option(
      '--factors <name...>',
      'touchpoint, touchpoint-failed, channel, team, site, type, level or attribute.<name>',
    )
    .option('--cases-min <n>', 'journeys on both sides, at least', Number)
    .option('--by-customer', 'only the latest journey of each customer', false)
    .option('--limit <n>', 'values to list', read.few, 20)
    .action((outcome: string, options) => askDrivers(reader(), outcome, options));
  withJourneys(asking('importance', 'how well each touchpoint does, and how much it matters'), read)
    .addOption(new Option('--outcome <outcome>', 'to what').choices(['feedback', 'bought-again']))
    .action((options) => askImportance(reader(), options));
}

const separated = (names: readonly string[]) => `${names.join(', ')}; separated by commas`;
const namesIn = (by: string | undefined) => by?.split(',') ?? [];
