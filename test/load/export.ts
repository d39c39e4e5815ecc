import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { projected, request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { MAIN } from '../end-to-end/run-command.ts';
import { fillLog } from './fill-log.ts';
import { type BenchRow, figure } from './measure.ts';

/** Events of the log that is exported; `EXPORT_EVENTS=1000000` for one that takes minutes. */
const EVENTS = Number(process.env.EXPORT_EVENTS ?? 20_000);
const SAMPLED_MS = 200;
/** The collector may leave this much uncollected for a while. */
const GROWTH_MB_MAX = 60;

/** Answers that must be the same after an export and an import. */
const FIGURES = [
  '/v1/overview',
  '/v1/touchpoints/failure-rates?by=touchpoint,channel&bucket=1d',
  '/v1/customers?limit=500&sort=id',
  '/v1/journeys?limit=500&sort=score',
  '/v1/promises?limit=500',
  '/v1/trust-changes?limit=500',
];

/**
 * Exports the log of a running system and imports it into an empty one, each by its command in a
 * process of its own, and measures rates and memory. Throws if the figures differ afterwards, or if
 * a command shows no progress.
 */
export async function benchExport(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'export-'));
  const systems: SystemProcess[] = [];
  const start = async (name: string) => {
    const system = await startSystem(join(folder, name), { CLOCK: 'log', AUDIT: 'off' });
    systems.push(system);
    return system;
  };
  try {
    mkdirSync(join(folder, 'first'));
    await fillLog(join(folder, 'first', 'events.db'), EVENTS);
    const first = await start('first');
    await projected(first, 3_600_000);
    const file = join(folder, 'log.ndjson.gz');
    const exported = await command(first, ['export', file]);
    const figures = await figuresOf(first);
    await first.stop();

    const second = await start('second');
    const imported = await command(second, ['import', file]);
    await projected(second, 3_600_000);
    if (!isDeepStrictEqual(await figuresOf(second), figures))
      throw new Error('the figures after the import are others than before the export');
    const what = `${EVENTS.toLocaleString('en-US')} events`;
    const mebibytes = statSync(file).size / 2 ** 20;
    return [
      figure(`export of ${what}, packed`, exported.rate, 'events/s', null),
      figure(`import of ${what} into an empty system`, imported.rate, 'events/s', null),
      figure(`export of ${what}: the file`, mebibytes, 'MiB', null),
      ...memory('export', exported),
      figure('export: the system that is read grew', growth(exported.system), 'MB', null),
      ...memory('import', imported),
    ];
  } finally {
    for (const system of systems) await system.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function memory(name: string, { own }: Ran): BenchRow[] {
  const bound = `≤ ${GROWTH_MB_MAX} MB more in the second half than in the first`;
  return [
    figure(`${name}: the command at most`, Math.max(...own), 'MB', null),
    figure(`${name}: the command grew`, growth(own), 'MB', GROWTH_MB_MAX, bound),
  ];
}

function growth(samples: readonly number[]): number {
  const middle = Math.ceil(samples.length / 2);
  return Math.max(...samples.slice(middle)) - Math.max(...samples.slice(0, middle));
}

interface Ran {
  readonly rate: number;
  /** MB in memory over time, of the command and of the system that it speaks to. */
  readonly own: readonly number[];
  readonly system: readonly number[];
}

async function command({ url, process: serving }: SystemProcess, words: readonly string[]): Promise<Ran> {
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...words], {
    env: { ...process.env, TOUCHSTONE_URL: url },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes;
  });
  const [own, system]: [number[], number[]] = [[], []];
  const sampling = setInterval(() => {
    own.push(memoryMbOf(child.pid!));
    system.push(memoryMbOf(serving.pid!));
  }, SAMPLED_MS);
  const [code] = await once(child, 'close');
  clearInterval(sampling);
  if (code !== 0) throw new Error(`${words[0]} ended with ${code}: ${said}`);
  if ((said.match(/\d+%/g) ?? []).length < 5) throw new Error(`${words[0]} showed no progress: ${said}`);
  const seconds = (performance.now() - began) / 1000;
  return { rate: EVENTS / seconds, own: own.filter((mb) => mb > 0), system: system.filter((mb) => mb > 0) };
}

/** 0 for a process that has ended. */
function memoryMbOf(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) / 1000;
  } catch {
    return 0;
  }
}

async function figuresOf({ url }: SystemProcess): Promise<Record<string, unknown>> {
  const { accepted, stored, projectedEvents, parked } = await request<Record<string, unknown>>(`${url}/v1/position`);
  const figures: Record<string, unknown> = { accepted, stored, projectedEvents, parked };
  for (const path of FIGURES) {
    const answer = await request<Record<string, unknown>>(url + path);
    figures[path] = { ...answer, nextCursor: null };
  }
  return figures;
}
