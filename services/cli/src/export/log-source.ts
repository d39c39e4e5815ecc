import { type Answer, type Definitions, endpoints } from '@touchstone/api';
import { createClient, type EventsPage, type EventsQuery, UnreachableError } from '@touchstone/client';
import { goneFrom } from '@touchstone/customer-folds';
import { EXPORTED_EVENTS_MAX, readExportPage } from '@touchstone/event-store';
import type { WatchedVersion } from '@touchstone/operations';
import { isLoopback } from '@touchstone/runtime';
import type { AlertRules } from '../alerts/alert-commands.ts';
import { ask } from '../ask.ts';
import { openStoppedLog, type StoppedLogCommand } from '../commands/backup-command.ts';

export type LogQuery = Pick<EventsQuery, 'after' | 'limit' | 'customer' | 'type'>;

/** The log that an export reads. */
export interface LogSource {
  /** Its name in messages. */
  readonly what: string;
  page(query: LogQuery): Promise<EventsPage>;
  definitions(): Promise<ExportedDefinitions>;
  /** The newest version of each objective, heartbeat and watch, by its name. */
  alertRules(): Promise<AlertRules>;
  close(): Promise<void>;
}

export interface ExportedDefinitions {
  /**
   * One definition of each type: the one in force in a running system, the newest of a stopped one.
   */
  readonly definitions: readonly Definitions['items'][number]['definition'][];
  /** Types with a newer version that waits for a rebuild; that version is not exported. */
  readonly waiting: readonly string[];
}

/**
 * Opens the system at `url`; if none answers on this machine, the log of a stopped one, under its
 * lock.
 */
export async function openLogSource(command: StoppedLogCommand & { readonly key?: string }): Promise<LogSource> {
  const { url, key } = command;
  try {
    // Without retries, so that an absent system is noticed at once.
    await createClient({ url, key, retries: 0 }).get('/healthz');
  } catch (error) {
    if (!(error instanceof UnreachableError) || !isLoopback(new URL(url).hostname)) throw error;
    return stoppedSource(command);
  }
  const client = createClient({ url, key });
  return {
    what: `the system at ${url}`,
    page: (query) => client.eventsPage({ limit: EXPORTED_EVENTS_MAX, ...query }),
    definitions: async () => inForce(await ask(client, endpoints.listDefinitions, {})),
    alertRules: async () =>
      rulesIn(
        await ask(client, endpoints.listObjectives, {}),
        await ask(client, endpoints.listHeartbeats, {}),
        await ask(client, endpoints.listWatches, {}),
      ),
    close: async () => {},
  };
}

function rulesIn(
  { items: objectives }: Answer<typeof endpoints.listObjectives>,
  { items: heartbeats }: Answer<typeof endpoints.listHeartbeats>,
  { items: watches }: Answer<typeof endpoints.listWatches>,
): AlertRules {
  return {
    objectives: Object.fromEntries(objectives.map(({ name, objective }) => [name, objective])),
    heartbeats: Object.fromEntries(heartbeats.map(({ name, heartbeat }) => [name, heartbeat])),
    watches: Object.fromEntries(watches.map(({ name, watch }) => [name, watch])),
  };
}

function inForce({ items }: Definitions): ExportedDefinitions {
  const inState = (wanted: string) => items.filter(({ state }) => state === wanted);
  return {
    definitions: inState('in-force').map(({ definition }) => definition),
    waiting: inState('waiting').map(({ type }) => type),
  };
}

async function stoppedSource(command: StoppedLogCommand): Promise<LogSource> {
  const { store, file } = await openStoppedLog(command);
  const goneOf = goneFrom(store);
  return {
    what: `no system runs; the log ${file}`,
    page: ({ after = 0n, limit = EXPORTED_EVENTS_MAX, customer, type }) =>
      readExportPage(store, { after, limit, customer, type }, goneOf),
    definitions: async () => {
      const { definitionRegistry } = await import('@touchstone/operations/definition-registry');
      const ledger = definitionRegistry(store, () => {
        throw new Error('what is in force is not known of a stopped system');
      });
      return { definitions: await ledger.latest(), waiting: [] };
    },
    alertRules: async () => {
      const { heartbeatsLedger, newestByName, objectivesLedger, watchesLedger } = await import(
        '@touchstone/operations/watched-ledger'
      );
      const newest = async <Rule>(ledger: { versions(): Promise<readonly WatchedVersion<Rule>[]> }) =>
        Object.fromEntries(Array.from(newestByName(await ledger.versions()), ([name, { rule }]) => [name, rule]));
      return {
        objectives: await newest(objectivesLedger(store)),
        heartbeats: await newest(heartbeatsLedger(store)),
        watches: await newest(watchesLedger(store)),
      };
    },
    close: store.close,
  };
}
