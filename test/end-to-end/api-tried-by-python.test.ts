import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saidByTool } from '../openapi-tools/python-tools.ts';
import { describeWith } from '../servers-here/describe-with.ts';

const withPython = await describeWith('openApiForPython');

withPython("Python's tools for OpenAPI", () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-api-'));
  const file = join(folder, 'openapi.json');
  let system: Running;
  beforeAll(async () => {
    const config = readConfig({ TOUCHSTONE_DATA: join(folder, 'data'), PORT: '0', CLOCK: 'log' });
    system = await startTouchstone(config, createLogger({ level: 'silent' }));
    writeFileSync(file, await (await fetch(`${system.url}/openapi.json`)).text());
  });
  afterAll(async () => {
    await system?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('find the description valid', async () => {
    expect(await saidByTool('openapi-spec-validator', [file], folder)).toMatch(/OK/);
  }, 400_000);

  const CHECKS = 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance';

  /** schemathesis generates requests from the description, and each answer must match it. */
  async function expectAsDescribed(...which: readonly string[]): Promise<void> {
    const given = ['--checks', CHECKS, '--generation-deterministic', '--request-timeout', '60', '--no-color'];
    const said = await saidByTool('schemathesis', ['run', file, '--url', system.url, ...given, ...which], folder);
    expect(said).not.toMatch(/FAILURES|ERRORS/);
    expect(said).toMatch(/(\d\d+) generated, \1 passed/);
  }

  test('ask each operation what it may be asked, and get no answer that is not described', async () => {
    // A rebuild or a trial goes on after its answer, and a second one is refused meanwhile, so the
    // answers would depend on timing. A stream of live events does not end.
    const left = ['--exclude-path-regex', '^/v1/(rebuild|trial|live)$'];
    await expectAsDescribed('--phases', 'examples,fuzzing', '--max-examples', '4', ...left);
  }, 600_000);

  test('ask for what may not be asked, at the edges of each parameter and body, and are told so as it is described', async () => {
    // These paths have every kind of parameter and body; all operations, and the fifteen event
    // types, would take minutes.
    await expectAsDescribed('--phases', 'coverage', '--include-path-regex', '^/v1/(rejected|parked|definitions)');
  }, 600_000);
});
