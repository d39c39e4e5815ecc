import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { toAppend } from '@touchstone/clock';
import { EventStoreError, type MinuteSpan } from '@touchstone/event-store';
import { DAY_MS, MINUTE_MS, rowsRewrittenEvent } from '@touchstone/journey';
import type { Mending } from '@touchstone/operations';
import { readConservation } from '@touchstone/operations';
import { describeDifference } from '@touchstone/projection/audit';
import { customersAtRandom, type RowDifference, recordedAtRandom } from '@touchstone/read-models';
import { Gauge, type Logger, type ReadinessCheck, type Registry } from '@touchstone/runtime';
import { type AuditSources, auditCustomer } from './audit-customer.ts';
import type { CutWatch } from './cut-watch.ts';

export interface AuditOptions extends AuditSources {
  readonly logger: Logger;
  readonly cuts?: Pick<CutWatch, 'look'> | undefined;
  readonly mending: Pick<Mending, 'distrust' | 'isTrusted'>;
  /** Share of one processor core that the audit may use, 0..1. */
  readonly share: number;
}

export interface AuditState {
  readonly customers: number;
  readonly days: number;
  /** Rows found to differ since the process began. */
  readonly differences: number;
}

export interface Audit {
  state(): AuditState;
  readonly check: ReadinessCheck;
  /**
   * Compares one customer with the log now and mends the differences. Resolves to the differences;
   * null if nothing can be said.
   */
  auditCustomer(customerId: string): Promise<readonly RowDifference[] | null>;
  /**
   * Compares the totals of the UTC day of this instant (ms) with the log now. True if they agree,
   * or if the day has too many events to compare.
   */
  auditDay(at: number): Promise<boolean>;
  stop(): Promise<void>;
}

/**
 * Up to so many customers per process the audit rewrites one by one; beyond that it has a new
 * generation filled.
 */
export const MENDED_ONE_BY_ONE_MAX = 5;
const LEAST_PAUSE_MS = 200;
const BUSY_PAUSE_MS = 1_000;
const REACH_MS = 30_000;
const CUSTOMERS_AT_ONCE = 100;
/** One look in this many checks a day instead of a customer. */
const DAY_EVERY = 50;
/** A day with more events than this is compared by a single minute. */
const DAY_EVENTS_MAX = 100_000;
/** The last differences that the health check names. */
const NAMED_MAX = 3;

/**
 * Whether rewriting the customer's rows at the current head replaces the differing row. Moments,
 * set-aside events and rows that should not exist stay as they are.
 */
function isMendedByRewriting({ table, expected, version }: RowDifference, head: bigint): boolean {
  return table !== 'moments' && table !== 'parked' && expected !== null && version <= head;
}

/** Compares random customers and days with the log in idle time, and mends what differs. */
export function startAudit(options: AuditOptions): Audit {
  const auditing: Auditing = {
    options,
    stopping: new AbortController(),
    named: [],
    state: { customers: 0, days: 0, differences: 0 },
    mended: 0,
    found: undefined,
    next: [],
  };
  const running = run(auditing);
  return {
    state: () => auditing.state,
    auditCustomer: (customerId) => hold(auditing, customerId),
    auditDay: (at) => holdDay(auditing, at),
    check: {
      name: 'audit',
      isNeeded: false,
      run: () => auditing.found && `found rows that were not as the log makes them: ${auditing.found}`,
    },
    stop: () => {
      auditing.stopping.abort();
      return running;
    },
  };
}

interface Auditing {
  readonly options: AuditOptions;
  readonly stopping: AbortController;
  /** Descriptions of the differences found last. */
  named: readonly string[];
  state: AuditState;
  /** Customers whose rows were rewritten. */
  mended: number;
  /** The last finding, in words; undefined while there is none. */
  found: string | undefined;
  /** Customers to compare next. */
  next: string[];
}

async function mend(auditing: Auditing, customerId: string, found: readonly RowDifference[]): Promise<void> {
  const { store, logger, inForce } = auditing.options;
  const what = describeDifference(customerId, found[0]!);
  logger.error({ customerId, found }, 'rows of a customer are not as the log makes them');
  const head = await store.head();
  auditing.mended++;
  if (auditing.mended > MENDED_ONE_BY_ONE_MAX || found.some((one) => !isMendedByRewriting(one, head))) {
    return distrust(auditing.options, what);
  }
  const event = rowsRewrittenEvent(customerId, what, { id: randomUUID(), at: Date.now() });
  const { position } = await store.append([toAppend(event)]);
  const isReached = await inForce().projector.progress.reached(position, REACH_MS);
  const after = isReached ? await auditCustomer(auditing.options, customerId) : null;
  if (after !== null && after.length > 0) await distrust(auditing.options, what);
  else logger.warn({ customerId, position: String(position) }, 'their rows were written anew from the log');
}

async function hold(auditing: Auditing, customerId: string): Promise<readonly RowDifference[] | null> {
  const { store, cuts, inForce } = auditing.options;
  // A cut by an operator in the event store is no fault of the rows; they follow once the cut is
  // announced.
  if (store.cutOf !== undefined && (await cuts?.look(customerId, 'audit')) === true) {
    const { progress } = inForce().projector;
    if (!(await progress.reached(await store.head(), REACH_MS))) return null;
  }
  const found = await auditCustomer(auditing.options, customerId);
  if (found === null) return null;
  const { customers, differences } = auditing.state;
  auditing.state = { ...auditing.state, customers: customers + 1, differences: differences + found.length };
  if (found.length === 0) return found;
  const described = found.slice(-NAMED_MAX).map((one) => describeDifference(customerId, one));
  auditing.named = [...auditing.named, ...described].slice(-NAMED_MAX);
  auditing.found = auditing.named.join('; ');
  await mend(auditing, customerId, found);
  return found;
}

/**
 * Withholds the rows, unless the same difference was found in an earlier generation. In that case
 * refilling did not mend it, so the fault is in the code and the rows stay visible.
 */
async function distrust({ inForce, readModels, logger, mending }: AuditOptions, what: string): Promise<void> {
  const { generation } = inForce();
  const before = await readModels.listDistrusts();
  if (before.some((one) => one.reason === what && one.generation !== generation)) {
    logger.error(
      { what },
      'the audit finds this again in rows that were filled anew: a fault of ours, please report it',
    );
  } else mending.distrust(what);
}

const projectedOf = ({ inForce }: AuditOptions) => inForce().projector.progress.position();

/**
 * Number of a span's events that the rows lack or hold too often. Differences within the log itself
 * (accepted against stored) are subtracted, because they are no fault of the rows.
 */
async function missingOf(options: AuditOptions, span: MinuteSpan, eventsMax?: number): Promise<number> {
  const progress = { projected: () => projectedOf(options) };
  const sources = { ...options, generation: () => options.inForce().generation, progress };
  const { rows } = await readConservation(sources, span, eventsMax);
  return rows.reduce((sum, { gap, accepted, stored }) => sum + gap - Math.abs(accepted - stored), 0);
}

async function holdDay(auditing: Auditing, at: number): Promise<boolean> {
  const day = { from: at - (at % DAY_MS), to: at - (at % DAY_MS) + DAY_MS };
  const minute = { from: at - (at % MINUTE_MS), to: at - (at % MINUTE_MS) + MINUTE_MS };
  const missing = () =>
    missingOf(auditing.options, day, DAY_EVENTS_MAX).catch((error) => {
      if (!(error instanceof EventStoreError && error.code === 'refused')) throw error;
      return missingOf(auditing.options, minute);
    });
  auditing.state = { ...auditing.state, days: auditing.state.days + 1 };
  // Read twice, because events under way during the first read look missing.
  if ((await missing()) === 0) return true;
  const events = await missing();
  if (events === 0) return true;
  const date = new Date(day.from).toISOString().slice(0, 10);
  const what = `of the events recorded on ${date} ${events} are not in the rows, or there too often`;
  auditing.found = what;
  await distrust(auditing.options, what);
  return false;
}

async function look(auditing: Auditing, turn: number): Promise<void> {
  const { readModels, inForce } = auditing.options;
  const { generation } = inForce();
  if (auditing.next.length === 0) {
    auditing.next = await customersAtRandom(readModels.clickhouse, generation, CUSTOMERS_AT_ONCE);
  }
  const customerId = auditing.next.pop();
  if (customerId === undefined) return;
  const at = turn % DAY_EVERY === 0 ? await recordedAtRandom(readModels.clickhouse, generation, customerId) : null;
  if (at !== null) await holdDay(auditing, at);
  await hold(auditing, customerId);
}

async function run(auditing: Auditing): Promise<void> {
  const { store, logger, mending, share } = auditing.options;
  const { signal } = auditing.stopping;
  for (let turn = 1; !signal.aborted; turn++) {
    const began = performance.now();
    let isBusy = true;
    try {
      isBusy = !mending.isTrusted() || projectedOf(auditing.options) < (await store.head());
      if (!isBusy) await look(auditing, turn);
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, 'a look at the rows of a customer failed');
    }
    const tookMs = performance.now() - began;
    const restMs = Math.max(isBusy ? BUSY_PAUSE_MS : LEAST_PAUSE_MS, tookMs / share - tookMs);
    await pause(restMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** Registers metrics of how much was compared with the log and how much differed. */
export function measureAudit(registry: Registry, { state }: Pick<Audit, 'state'>): void {
  const serve = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  serve(
    'touchstone_audit_customers',
    'Customers whose rows this process has held to the log.',
    () => state().customers,
  );
  serve('touchstone_audit_totals', 'Days whose totals this process has held to the log.', () => state().days);
  serve(
    'touchstone_audit_differences',
    'Rows that this process found not to be as the log makes them, since it started.',
    () => state().differences,
  );
}
