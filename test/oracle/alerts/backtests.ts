/**
 * Back-tests read literally from the text of operations: every minute looks at all moments anew.
 * Nothing is shared with the product.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** One moment at the place of the objective or heartbeat; times in ms since 1970. */
export interface Seen {
  readonly time: number;
  readonly storedAt: number;
  readonly failed: boolean;
}

export interface AskedObjective {
  readonly objective: number;
  readonly minMoments: number;
  readonly minFailures: number;
}

interface Rule {
  readonly name: string;
  readonly severity: 'page' | 'ticket';
  readonly long: number;
  readonly short: number;
  readonly factor: number;
}

const TABLE: readonly Rule[] = [
  { name: 'page-1h', severity: 'page', long: HOUR, short: 5 * MINUTE, factor: 14.4 },
  { name: 'page-6h', severity: 'page', long: 6 * HOUR, short: 30 * MINUTE, factor: 6 },
  { name: 'page-3d', severity: 'page', long: 72 * HOUR, short: 6 * HOUR, factor: 6 },
  { name: 'ticket-3d', severity: 'ticket', long: 72 * HOUR, short: 6 * HOUR, factor: 1 },
];

interface Counted {
  readonly n: number;
  readonly k: number;
}

function countIn(moments: readonly Seen[], at: number, span: number): Counted {
  const inside = moments.filter(({ time, storedAt }) => storedAt <= at && time > at - span && time <= at);
  return { n: inside.length, k: inside.filter(({ failed }) => failed).length };
}

function wilsonLow({ n, k }: Counted): number {
  if (k === 0) return 0;
  const z = 1.959964;
  const p = k / n;
  const root = Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return (p + (z * z) / (2 * n) - z * root) / (1 + (z * z) / n);
}

function isHolding(rule: Rule, asked: AskedObjective, moments: readonly Seen[], at: number): Counted | null {
  const allowed = 1 - asked.objective;
  if (rule.factor * allowed > 1 + 1e-9) return null;
  const long = countIn(moments, at, rule.long);
  if (long.n < asked.minMoments || long.k < asked.minFailures) return null;
  const short = countIn(moments, at, rule.short);
  for (const { n, k } of [long, short]) {
    if (n === 0 || k / n / allowed < rule.factor - 1e-9) return null;
  }
  return wilsonLow(long) > allowed ? long : null;
}

export interface SeenAlert {
  readonly severity: 'page' | 'ticket';
  readonly began: number;
  readonly ended: number | null;
  readonly because: readonly string[];
  readonly moments: number;
  readonly failures: number;
}

function alertsOf(
  severity: Rule['severity'],
  asked: AskedObjective,
  moments: readonly Seen[],
  from: number,
  to: number,
): SeenAlert[] {
  const table = TABLE.filter((rule) => rule.severity === severity);
  const heldAt = new Map<number, Map<string, Counted>>();
  for (let at = from; at < to; at += MINUTE) {
    const held = table.flatMap((rule) => {
      const long = isHolding(rule, asked, moments, at);
      return long === null ? [] : [[rule.name, long] as const];
    });
    heldAt.set(at, new Map(held));
  }
  const isQuiet = (at: number) => heldAt.get(at)!.size === 0;
  const alerts: SeenAlert[] = [];
  for (let began = from; began < to; began += MINUTE) {
    if (isQuiet(began)) continue;
    let ended: number | null = null;
    for (let at = began + MINUTE; at + 4 * MINUTE < to && ended === null; at += MINUTE) {
      if ([0, 1, 2, 3, 4].every((after) => isQuiet(at + after * MINUTE))) ended = at;
    }
    const because = table.filter(({ name }) =>
      [...heldAt].some(([at, held]) => at >= began && at < (ended ?? to) && held.has(name)),
    );
    const [{ n, k }] = [...heldAt.get(began)!.values()] as [Counted];
    alerts.push({ severity, began, ended, because: because.map(({ name }) => name), moments: n, failures: k });
    if (ended === null) break;
    began = ended + 4 * MINUTE;
  }
  return alerts;
}

const weeks = (from: number, to: number) => (to - from) / (7 * 24 * HOUR);

function minutesOf(
  alerts: readonly { readonly began: number; readonly ended: number | null }[],
  from: number,
  to: number,
): number {
  let minutes = 0;
  for (let at = from; at < to; at += MINUTE) {
    if (alerts.some(({ began, ended }) => began <= at && at < (ended ?? to))) minutes++;
  }
  return minutes;
}

export function expectedOfObjective(asked: AskedObjective, moments: readonly Seen[], from: number, to: number) {
  const pages = alertsOf('page', asked, moments, from, to);
  const tickets = alertsOf('ticket', asked, moments, from, to);
  const spent = moments.filter(({ time, storedAt }) => time >= from && time < to && storedAt <= to);
  const failures = spent.filter(({ failed }) => failed).length;
  return {
    alerts: [...pages, ...tickets].sort((a, b) => a.began - b.began || (a.severity < b.severity ? -1 : 1)),
    perWeek: (pages.length + tickets.length) / weeks(from, to),
    minutesFiring: { page: minutesOf(pages, from, to), ticket: minutesOf(tickets, from, to) },
    budgetSpent: spent.length === 0 ? null : failures / ((1 - asked.objective) * spent.length),
  };
}

export interface AskedHours {
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

/** A zone's clock at a time, `2026-03-29T02:30`: Swedish writes it so, but for the T. */
function clockOf(timeZone: string): (time: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return (time) => format.format(time).replace(' ', 'T');
}

const DAYS_SHOWN = 9;
const tables = new Map<string, readonly string[]>();

/** The times that a zone's clock shows, minute by minute from a day on. */
function shownFrom(timeZone: string, start: number): readonly string[] {
  const key = `${timeZone} ${start}`;
  let table = tables.get(key);
  if (table === undefined) {
    const clock = clockOf(timeZone);
    table = Array.from({ length: DAYS_SHOWN * 1440 }, (_, minute) => clock(start + minute * MINUTE));
    tables.set(key, table);
  }
  return table;
}

/** Each local day's hours around `now`, found by walking the clock minute by minute. */
function intervalsAround(hours: AskedHours, now: number): [number, number][] {
  const start = Math.floor(now / (24 * HOUR)) * 24 * HOUR - 6 * 24 * HOUR;
  const shown = shownFrom(hours.timeZone, start);
  // The clock is not ascending where it is set back, so the first minute is searched for.
  const first = (wanted: string) => start + shown.findIndex((text) => text >= wanted) * MINUTE;
  const intervals: [number, number][] = [];
  for (let day = start + 24 * HOUR; day < start + (DAYS_SHOWN - 1) * 24 * HOUR; day += 24 * HOUR) {
    const date = new Date(day).toISOString().slice(0, 10);
    const next = new Date(day + 24 * HOUR).toISOString().slice(0, 10);
    const weekday = ((new Date(day).getUTCDay() + 6) % 7) + 1;
    if (!hours.days.includes(weekday)) continue;
    const end = hours.to <= hours.from ? next : date;
    intervals.push([first(`${date}T${hours.from}`), first(`${end}T${hours.to}`)]);
  }
  return intervals;
}

export function expectedOfHeartbeat(
  limitMs: number,
  hours: AskedHours | undefined,
  moments: readonly Seen[],
  from: number,
  to: number,
) {
  const earliest = Math.min(from, ...moments.map(({ time }) => time));
  const intervals = hours === undefined ? [[earliest, to]] : intervalsAround(hours, from);
  const open = (after: number, upTo: number) =>
    intervals.reduce((sum, [begin, end]) => sum + Math.max(0, Math.min(end!, upTo) - Math.max(begin!, after)), 0);
  const alerts: { began: number; ended: number | null; last: number }[] = [];
  for (let at = from; at < to; at += MINUTE) {
    const known = moments.filter(({ time, storedAt }) => time <= at && storedAt <= at);
    const last = known.length === 0 ? null : Math.max(...known.map(({ time }) => time));
    const isSilent = last !== null && open(last, at) > limitMs;
    const firing = alerts.at(-1)?.ended === null ? alerts.at(-1) : undefined;
    if (isSilent && firing === undefined) alerts.push({ began: at, ended: null, last: last! });
    if (!isSilent && firing !== undefined) firing.ended = at;
  }
  return { alerts, perWeek: alerts.length / weeks(from, to), minutesFiring: minutesOf(alerts, from, to) };
}
