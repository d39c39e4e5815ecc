import { endpoints } from '@touchstone/api';
import { worklistReasons } from '@touchstone/api/vocabulary';
import { afterEach, expect, test, vi } from 'vitest';
import { AT, clientOf } from '../../testing/answering-system.ts';
import { CliError } from '../cli-error.ts';
import { showWaiting } from '../terminal/progress.ts';
import { askQuestion } from './ask-question.ts';
import { showBenchmarks } from './show-benchmarks.ts';
import { showDrivers, showImportance, showRater } from './show-drivers.ts';
import { showGaps } from './show-gaps.ts';
import { showIndex } from './show-index.ts';
import { showLeavers, showRetention, showStages, showTiers, showTimeInStage } from './show-loyalty.ts';
import { showComplaints, showPromises, showRecovery } from './show-service.ts';
import { showWorklist } from './show-worklist.ts';

const HOUR = 3_600_000;
const LONG = `a very long name of a team ${'that goes on '.repeat(9)}at its end`;
const rate = { n: 10, k: 9, rate: 0.9, low: 0.596, high: 0.982 };
const none = { n: 0, k: 0, rate: null, low: null, high: null };
const widthOf = (text: string) => Math.max(...text.split('\n').map((line) => Array.from(line).length));
const squeezed = (text: string) => text.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '));

test('stages are a bar of all customers for each bucket', () => {
  const bucket = { start: AT, end: AT, isOpen: true, none: 2, cognitive: 1, affective: 0, behavioural: 1 };
  const lines = squeezed(showStages({ from: AT, to: AT, buckets: [bucket] }, 100));
  expect(lines[1]).toBe(`2026-03-01 … | 2 | 1 | 0 | 1 | ${'█'.repeat(6)}${'▒'.repeat(6)}${'░'.repeat(12)}`);
});

test('retention shows as many periods as fit, and says how many do not', () => {
  const periods = Array.from({ length: 30 }, (_, k) => ({ k, customers: 30 - k, share: 1 - k / 30, isOpen: k === 29 }));
  const shown = showRetention({ from: AT, to: AT, cohorts: [{ start: AT, size: 30, periods }] }, 80);
  expect(widthOf(shown)).toBeLessThanOrEqual(80);
  expect(squeezed(shown)[1]).toMatch(/^2026-03-01 \| 30 \| 100% \| 97% \|/);
  expect(shown).toContain('and 20 more periods');
});

test('time in stage, tiers and leavers show their shares', () => {
  const survival = [30, 90, 180, 365].map((days) => ({ days, share: days < 100 ? 0.5 : null }));
  const stage = { stage: 'cognitive' as const, n: 4, ended: 2, medianDays: 30, survival };
  expect(squeezed(showTimeInStage({ stages: [stage] }, 80))[1]).toBe('cognitive | 4 | 2 | 30 d | 50% | 50% | – | –');
  const stages = { none: 1, cognitive: 0, affective: 0, behavioural: 0 };
  const money = { amount: 1234.5, amountShare: 0.8, share: 0.25, customers: 1 };
  const tiers = [{ tier: 'A' as const, ...money, stages, meanSatisfaction: 81.24, atRisk: 0 }];
  const told = showTiers({ currency: 'EUR', from: AT, to: AT, total: 1543, tiers }, 80);
  expect(told).toContain('1,543 EUR from 2026-03-01');
  expect(squeezed(told)[3]).toMatch(/^A \| 1 \(25%\) \| 1,235 \(80%\) \| █{19}▎ \| 81\.2 \| 0$/);
  expect(showLeavers({ customers: 10, satisfied: rate })).toContain('90% (60–98) of them were satisfied');
});

test('the worklist shows the most urgent reason, the others below, and the counts', () => {
  const reasons = [
    { reason: 'complaint-open' as const, since: AT, complaintId: 'k1' },
    { reason: 'silent' as const, since: AT },
  ];
  const item = { customerId: 'ada\u001b[31m', reasons, value: 120.4, stage: 'none' as const, satisfaction: 41 };
  const counts = Object.fromEntries(worklistReasons.map((reason) => [reason, reason === 'silent' ? 7 : 0])) as never;
  const shown = showWorklist({ items: [item], nextCursor: 'more', counts }, 80);
  expect(shown).not.toContain('\u001b[31m');
  const lines = squeezed(shown);
  expect(lines[0]).toBe('silent 7');
  expect(lines[3]).toBe('ada�[31m | complaint-open | 2026-03-01 | 120 | none | 41.0');
  expect(lines[4]).toBe('also silent 2026-03-01');
  expect(lines.at(-1)).toContain('--limit');
});

test('reports on promises and complaints name what they are split by, and fit 100 columns', () => {
  const promise = {
    made: 12,
    open: 1,
    kept: 9,
    keptLate: 1,
    broken: 0,
    withdrawn: 1,
    keeping: rate,
    medianLateMs: HOUR,
  };
  const shown = showPromises({ rows: [{ ...promise, team: LONG, bucket: AT }] }, ['team'], 100);
  expect(widthOf(shown)).toBeLessThanOrEqual(100);
  expect(squeezed(shown)[1]).toMatch(
    /… at its end · 2026-03-01|….* \| 12 \| 1 \| 9 \| 1 \| 0 \| 1 \| 90% \(60–98\) \| 1 h$/,
  );
  const complaint = { raised: 11, open: 0, answered: 11, resolved: 10, medianMsToAnswer: HOUR, p90MsToAnswer: HOUR };
  const rates = { answeredWithin: rate, firstContact: none, followedUp: rate, satisfied: rate };
  const told = showComplaints({ rows: [{ ...complaint, ...rates }] }, [], 100);
  expect(squeezed(told)[1]).toBe('all | 11 | 0 | 1 h | 90% | – | 90% | 90% (60–98)');
});

test('recovery shows both sides and the difference, with its interval', () => {
  const difference = { difference: 4.25, low: 1, high: 7.5, p: 0.01 };
  const next = { recovered: { n: 9, mean: 80 }, not: { n: 8, mean: 75.75 }, ...difference, stratified: difference };
  const boughtAgain = { recovered: rate, not: none, difference: null, low: null, high: null, p: null };
  const lines = squeezed(showRecovery({ cases: 20, recovered: 10, next, boughtAgain }));
  expect(lines[0]).toContain('20 journeys failed');
  expect(lines[3]).toBe('next score | 80.0 of 9 | 75.8 of 8 | +4.3 (+1.0 to +7.5)');
  expect(lines[5]).toBe('bought again in 90 days, % | 90% (60–98) | – | –');
});

test('drivers are told on the scale of their outcome, and what is part of it is marked', () => {
  const side = { n: 40, mean: 0.25 };
  const item = { factor: 'site', value: LONG, with: side, without: side, isPart: true, q: 0.001 };
  const items = [{ ...item, difference: 0.125, low: 0.05, high: 0.2, p: 0.001 }];
  const shown = showDrivers({ cases: 80, tests: 1, items }, 'complaint', 100);
  expect(widthOf(shown)).toBeLessThanOrEqual(100);
  expect(shown).toContain('complaint % of 80 journeys');
  expect(squeezed(shown)[3]).toMatch(/\* \| 25\.0 of 40 \| 25\.0 of 40 \| \+12\.5 \(\+5\.0 to \+20\.0\) \| 0\.001$/);
  expect(shown).toContain('is part of how the outcome is computed');
});

test('importance and the five dimensions show what has a figure, and a dash where there is none', () => {
  const mean = { n: 60, mean: 4.5, low: 4.25, high: 4.75 };
  const row = { touchpoint: 'pay', performance: mean, n: 60, importance: 0.5 };
  expect(squeezed(showImportance({ rows: [row] }, 80))[1]).toBe(
    `pay | 4.50 (4.25–4.75) | 60 | 0.50 | ${'█'.repeat(6)}`,
  );
  const names = ['reliability', 'assurance', 'tangibles', 'empathy', 'responsiveness'];
  const ratings = Object.fromEntries(names.map((name) => [name, mean])) as never;
  const told = showRater({ rows: [{ ratings, n: 3, r2: null, weights: null, actorTeam: '' }] }, ['actorTeam'], 80);
  expect(told).toContain('(none): 3 moments');
  expect(squeezed(told)[2]).toBe('reliability | 60 | 4.50 (4.25–4.75) | –');
});

test('gaps show how many values each rests on', () => {
  const gap = { gap: 0.5, n: 12, low: 0.1, high: 0.9 };
  const empty = { gap: null, n: 0, low: null, high: null };
  const gaps = { knowledge: gap, policy: { gap: -0.25 }, delivery: empty, communication: empty, service: gap };
  expect(squeezed(showGaps({ rows: [{ touchpoint: 'pay', gaps }] }, 80))[1]).toBe(
    'pay | +0.50 (12) | -0.25 | – | – | +0.50 (12)',
  );
});

test('an index is a tree, with how much of its weight has a value', () => {
  const value = { value: 75, low: 70, high: 80, level: 'fairly-satisfied' as const };
  const leaf = { id: 'csat', weight: 2, measure: 'csat' as const, n: 12, ...value };
  const tree = { id: 'all', title: 'All', covered: 0.5, children: [leaf], ...value };
  const lines = squeezed(showIndex({ rows: [{ value: '', tree }] }, 100));
  expect(lines[0]).toBe('(none)');
  expect(lines[2]).toBe(`All | 75.0 (70.0–80.0) | ${'█'.repeat(12)} | fairly-satisfied | 50% covered`);
  expect(lines[3]).toBe(`csat | 2 | 75.0 (70.0–80.0) | ${'█'.repeat(12)} | fairly-satisfied | 12`);
});

test('benchmarks say whether units differ beyond chance', () => {
  const row = { unit: 'birch', n: 40, value: 80, low: 75, high: 85, shrunken: 75, rank: 1, toBest: 0 };
  const shown = showBenchmarks({ overall: 70, spread: 4.04, rows: [row] }, 80);
  expect(squeezed(shown)[0]).toBe('70.0 over all; they differ by 4.0 beyond chance');
  expect(squeezed(shown)[3]).toBe(`birch | 1 | 40 | 80.0 (75.0–85.0) | 75.0 | ${'█'.repeat(12)} | –`);
  expect(showBenchmarks({ overall: 70, spread: 0, rows: [] })).toContain('do not differ beyond chance');
});

afterEach(() => {
  vi.useRealTimers();
});

test('a wait is told after two seconds, and no sooner', () => {
  vi.useFakeTimers();
  const written: string[] = [];
  const stream = { isTTY: false, write: (text: string) => written.push(text) } as never;
  const waiting = showWaiting('waiting', 2000, stream);
  vi.advanceTimersByTime(1999);
  expect(written).toEqual([]);
  vi.advanceTimersByTime(5000);
  expect(written).toEqual(['waiting\n']);
  waiting.stop();
});

test('Ctrl-C closes the request and says so', async () => {
  const { client } = clientOf(() => ({}));
  let closed = false;
  const call = async (_: unknown, __: unknown, { signal }: { readonly signal: AbortSignal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        closed = true;
        reject(signal.reason);
      });
      process.emit('SIGINT');
    });
  const asking = askQuestion({ ...client, call: call as never }, endpoints.getRecovery, {});
  await expect(asking).rejects.toThrow(CliError);
  expect(closed).toBe(true);
});
