import { expect, test } from 'vitest';
import { fittedTable, shortened } from '../terminal/fitted-table.ts';
import { span } from '../terminal/span.ts';
import { selectionOf } from './selection.ts';
import { showConformance } from './show-conformance.ts';
import { showDurations } from './show-durations.ts';
import { showFeedback } from './show-feedback.ts';
import { showFunnel } from './show-funnel.ts';
import { showPaths } from './show-paths.ts';
import { showVariants } from './show-variants.ts';

const HOUR = 3_600_000;
const LONG = `a very long name of a touchpoint ${'that goes on '.repeat(9)}at its end`;
const rate = { n: 10, k: 9, rate: 0.9, low: 0.596, high: 0.982 };
const widthOf = (text: string) => Math.max(...text.split('\n').map((line) => Array.from(line).length));
const squeezed = (text: string) => text.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '));

test('a funnel shows who goes on, who may still and who is lost, and fits 80 columns', () => {
  const last = { converted: 9, open: 0, dropped: 0, conversion: null, medianMsFromPrevious: 26 * HOUR };
  const steps = [
    { touchpoint: LONG, journeys: 11, converted: 9, open: 1, dropped: 1, conversion: rate, share: 1 },
    { touchpoint: 'b\u001b[31m', journeys: 9, share: 9 / 11, ...last },
  ].map((step) => ({ medianMsFromPrevious: null, meanScore: 71.26, ...step }));
  const shown = showFunnel({ groups: [{ value: '', steps }] }, 80);
  expect(widthOf(shown)).toBeLessThanOrEqual(80);
  expect(shown).not.toContain('\u001b');
  const [group, , first, second] = squeezed(shown);
  expect(group).toBe('(none)');
  expect(first).toMatch(/^a very lon…s end \| 11 \| █{10} \| 1 \| 1 \| 90% \(60–98\) \| – \| 71\.3$/);
  expect(second).toMatch(/^b�\[31m \| 9 \| ████████[▏▎▍] \| 0 \| 0 \| – \| 1 d 2 h \| 71\.3$/);
});

test('paths show nodes, and as many ways as asked for', () => {
  const edge = { from: '(start)', count: 5, journeys: 5, medianMs: null };
  const told = {
    cases: 5,
    nodes: [{ label: LONG, count: 6, journeys: 5, failures: 1, meanScore: null }],
    edges: [
      { ...edge, to: LONG },
      { ...edge, from: LONG, to: '(end)', count: 4 },
    ],
  };
  const shown = showPaths(told, 1, 80);
  expect(widthOf(shown)).toBeLessThanOrEqual(80);
  expect(shown).toContain('5 journeys with a moment');
  expect(shown).toContain('and 1 more ways');
});

test('variants show their way below their figures', () => {
  const item = { variant: '0123456789abcdef', labels: ['a', 'b'], length: 2, count: 3, share: 0.75, medianMs: HOUR };
  const items = [{ ...item, meanScore: 70, failures: 1, ended: 3, conforming: 2 }];
  const lines = squeezed(showVariants({ cases: 4, variants: 2, items, nextCursor: null }, 80));
  expect(lines[0]).toBe('4 journeys with a moment, in 2 different ways');
  expect(lines[3]).toBe('3 | 75.0% | ████████ | 1 h | 70.0 | 1 | 2 of 3 | 0123456789abcdef');
  expect(lines[4]).toBe('a → b');
  expect(lines.at(-1)).toContain('and 1 more');
});

test('conformance shows the share, and each deviation with what goes with it', () => {
  const side = { medianMs: HOUR, meanScore: 60 };
  const deviation = { kind: 'repeated' as const, touchpoint: LONG, cases: 4, share: 0.4, with: side, without: side };
  const effect = { difference: -3.14, low: -4, high: -2.2, p: 0.01 };
  const shown = showConformance({ cases: 10, open: 2, conforming: rate, deviations: [{ ...deviation, effect }] }, 80);
  expect(widthOf(shown)).toBeLessThanOrEqual(80);
  expect(shown).toContain('90% (60–98) of 10 journeys keep to their steps; 2 open ones are left out');
  expect(shown).toContain('-3.1 (-4.0 to -2.2)');
});

test('durations show a row for each group, and its histogram', () => {
  const quantilesMs = { p10: 1, p25: 1, p50: 26 * HOUR, p75: 1, p90: 500, p99: 1 };
  const histogram = [
    { fromMs: 0, toMs: HOUR, cases: 1 },
    { fromMs: HOUR, toMs: null, cases: 2 },
  ];
  const group = { value: null, cases: 5, arrived: 3, open: 1, never: 1, meanMs: 1, medianMsWithOpen: null };
  const lines = squeezed(showDurations({ groups: [{ ...group, quantilesMs, histogram }] }, 80));
  expect(lines[1]).toBe('all | 5 | 3 | 1 | 1 | 1 d 2 h | – | 500 ms');
  expect(lines.slice(-2)).toEqual([`0 s to 1 h | 1 | ${'█'.repeat(15)}`, `1 h and more | 2 | ${'█'.repeat(30)}`]);
});

test('feedback shows the figure that each instrument is known by', () => {
  const mean = { bucket: null, n: 10, mean: 4.2, low: 4, high: 4.4 };
  const rows = [
    { instrument: 'csat', ...mean, touchpoint: 'pay', satisfied: rate },
    { instrument: 'nps', ...mean, touchpoint: '', low: null, nps: 12.4, npsLow: -3, npsHigh: 28 },
  ];
  // Rows name their dimensions in fields of their own, which the type of an index does not say.
  const lines = squeezed(showFeedback({ rows } as never, ['touchpoint'], 80));
  expect(lines[1]).toBe('csat · pay | 10 | 4.20 (4.00–4.40) | satisfied | 90% (60–98)');
  expect(lines[2]).toBe('nps · (none) | 10 | 4.20 | NPS | 12 (-3 to 28)');
});

test('filters are read as what they are, and one that is none is refused', () => {
  const where = ['hasFailure=true', 'minScore=60.5', 'team=true', 'attribute.a=b=c', 'attribute.__proto__=x'];
  const { where: read } = selectionOf({ type: 'order', where });
  expect(read).toMatchObject({ type: 'order', hasFailure: true, minScore: 60.5, team: 'true' });
  expect(Object.entries(read.attributes ?? {})).toEqual([
    ['a', 'b=c'],
    ['__proto__', 'x'],
  ]);
  expect(() => selectionOf({ where: ['team'] })).toThrow(/NAME=VALUE/);
});

test('a name is shortened in its middle, and only where the table is too wide', () => {
  expect(shortened('abcdefghij', 7)).toBe('abcd…ij');
  expect(fittedTable(['name', '>n'], [['short', '1']], 20)).toBe('name   n\nshort  1');
  expect([span(null), span(0), span(999), span(90_000)]).toEqual(['–', '0 s', '999 ms', '1 min 30 s']);
});
