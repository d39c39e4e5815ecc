import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfig } from '@touchstone/runtime';
import { startTouchstone } from '@touchstone/touchstone';
import { expect, onTestFinished, test } from 'vitest';
import { describeWith } from '../servers-here/describe-with.ts';

const root = join(import.meta.dirname, '../..');

/** The metrics of all roles, from their declarations in the sources, in the text format. */
function declared(): Map<string, string> {
  const found = new Map<string, string>();
  const folders = ['packages', 'services'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => join(root, kind, name, 'src')),
  );
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
  );
  for (const file of files) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const text = readFileSync(file, 'utf8');
    const declaration = /new (Counter|Gauge|Histogram)\(\{\s*name: '([a-z_]+)',\s*help: (['"])(.*?)\3,/g;
    for (const [, kind, name, , help] of text.matchAll(declaration)) {
      const sample = kind === 'Histogram' ? `${name}_bucket{le="+Inf"} 1\n${name}_sum 1\n${name}_count 1` : `${name} 1`;
      found.set(name!, `# HELP ${name} ${help}\n# TYPE ${name} ${kind!.toLowerCase()}\n${sample}\n`);
    }
  }
  return found;
}

const withPromtool = await describeWith('promtool');
withPromtool('promtool check metrics', () => {
  test('finds nothing to say of the metrics of any role', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'touchstone-metric-names-'));
    const config = readConfig({ TOUCHSTONE_DATA: folder, PORT: '0' });
    const running = await startTouchstone(config, createLogger({ level: 'silent' }));
    onTestFinished(async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    const scraped = await (await fetch(`${running.url}/metrics`)).text();
    const others = [...declared()].filter(([name]) => !scraped.includes(`# TYPE ${name} `));
    expect(others.map(([name]) => name)).toEqual(
      expect.arrayContaining(['touchstone_kafka_events_total', 'touchstone_lane_position']),
    );
    const input = scraped + others.map(([, text]) => text).join('');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });
});
