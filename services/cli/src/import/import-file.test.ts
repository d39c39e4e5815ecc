import { appendFile, chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImportOptions, importFile, type Publish } from './import-file.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchstone-import-'));
  file = join(folder, 'events.ndjson');
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

/** A log in memory that keeps the order of arrival and recognises duplicates by id. */
function memoryLog() {
  const log: string[] = [];
  const publish: Publish = async (events) => {
    let accepted = 0;
    const problems = [];
    for (const [index, event] of events.entries()) {
      const { id, bad } = event as { id: string; bad?: boolean };
      if (bad) {
        const errors = [{ path: 'type', message: 'is bad' }];
        problems.push({ index, verdict: 'rejected' as const, code: 'invalid_event', errors });
      } else if (!log.includes(id)) {
        log.push(id);
        accepted++;
      }
    }
    const rejected = problems.length;
    const duplicates = events.length - accepted - rejected;
    return { accepted, duplicates, conflicts: 0, rejected, position: String(log.length), problems };
  };
  return { log, publish };
}

const event = (n: number) => JSON.stringify({ id: `e${n}` });
const events = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${event(from + i)}\n`).join('');
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `e${from + i}`);

const run = (publish: Publish, options: Partial<ImportOptions> = {}) =>
  importFile({ file, publish, target: 'http://here', batchSize: 10, ...options });

describe('importing a file', () => {
  it('publishes all of it in its order, packed or not', async () => {
    const { log, publish } = memoryLog();
    await writeFile(file, events(1, 95));
    const summary = await run(publish);
    expect(summary).toMatchObject({ outcome: 'done', counts: { records: 95, accepted: 95 }, position: '95' });
    await writeFile(join(folder, 'packed'), gzipSync(events(96, 120)));
    await run(publish, { file: join(folder, 'packed') });
    expect(log).toEqual(ids(1, 120));
  });

  it('goes on where it broke off, and loses nothing', async () => {
    const { log, publish } = memoryLog();
    await writeFile(file, events(1, 95));
    let requests = 0;
    const failing: Publish = async (batch) => {
      if (++requests === 4) throw new Error('the server is gone');
      return publish(batch);
    };
    await expect(run(failing)).rejects.toThrow(
      /the server is gone\n.*: 30 rows are imported. Run the same command again/,
    );
    const summary = await run(publish);
    expect(summary).toMatchObject({
      outcome: 'done',
      resumedAfter: 30,
      counts: { records: 95, accepted: 95, duplicates: 0 },
    });
    expect(log).toEqual(ids(1, 95));
  });

  it('stops after the request under way when asked to, and goes on later', async () => {
    const { log, publish } = memoryLog();
    await writeFile(file, events(1, 95));
    const controller = new AbortController();
    const stopping: Publish = (batch) => {
      if (log.length === 20) controller.abort();
      return publish(batch);
    };
    const stopped = await run(stopping, { signal: controller.signal });
    expect(stopped).toMatchObject({ outcome: 'interrupted', counts: { records: 30, accepted: 30 } });
    expect(await run(publish)).toMatchObject({ outcome: 'done', counts: { accepted: 95, duplicates: 0 } });
    expect(log).toEqual(ids(1, 95));
  });

  it('does nothing when it was imported whole; with restart repeats count as duplicates', async () => {
    const { publish } = memoryLog();
    await writeFile(file, events(1, 25));
    await run(publish);
    expect(await run(publish)).toMatchObject({ outcome: 'nothing-new', counts: { accepted: 25 } });
    expect(await run(publish, { restart: true })).toMatchObject({
      outcome: 'done',
      counts: { accepted: 0, duplicates: 25 },
    });
  });

  it('begins anew when the file has grown, or goes to another system', async () => {
    const { log, publish } = memoryLog();
    await writeFile(file, events(1, 25));
    await run(publish);
    await appendFile(file, events(26, 30));
    expect(await run(publish)).toMatchObject({ resumedAfter: 0, counts: { accepted: 5, duplicates: 25 } });
    expect(log).toEqual(ids(1, 30));
    expect(await run(memoryLog().publish, { target: 'http://there' })).toMatchObject({ counts: { accepted: 30 } });
  });

  it('reports bad lines and refused events with their line, lists what was no event, and imports the rest', async () => {
    const { log, publish } = memoryLog();
    await writeFile(file, `${event(1)}\n{"id":\n\n${JSON.stringify({ id: 'e2', bad: true })}\r\n${event(3)}`);
    const problems: string[] = [];
    const summary = await run(publish, { onProblem: ({ line, reason }) => problems.push(`${line} ${reason}`) });
    expect(log).toEqual(['e1', 'e3']);
    expect(summary.counts).toMatchObject({ records: 5, events: 3, accepted: 2, rejected: 1, faults: 1 });
    expect(problems).toEqual(['4 rejected: type is bad', expect.stringMatching(/^2 is not JSON: /)]);
    const listed = (await readFile(summary.rejectedFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(listed).toMatchObject([{ file, line: 2, raw: '{"id":' }]);
  });

  it('tells of a number that JSON.parse would round with its line, and lists it as it stood', async () => {
    const { log, publish } = memoryLog();
    const rounded = [
      '9007199254740993',
      '-9007199254740993',
      '9.007199254740993e15',
      '1e400',
      '[{"n":12345678901234567890}]',
    ];
    const lines = rounded.map((number, n) => `{"id":"r${n}","data":{"amount":${number}}}`);
    await writeFile(
      file,
      `${event(1)}\n${lines.join('\n')}\n9007199254740993\n{"id":"e2","data":{"n":9007199254740991}}`,
    );
    const problems: string[] = [];
    const summary = await run(publish, { onProblem: ({ line, reason }) => problems.push(`${line} ${reason}`) });
    expect(log).toEqual(['e1', 'e2']);
    expect(summary.counts).toMatchObject({ records: 8, events: 2, accepted: 2, rejected: 0, faults: 6 });
    const inexact = 'is beyond ±9007199254740991, where digits are lost: send it as text';
    expect(problems).toEqual([
      `2 data.amount ${inexact}`,
      `3 data.amount ${inexact}`,
      `4 data.amount ${inexact}`,
      '5 data.amount is beyond the range of numbers',
      `6 data.amount.0.n ${inexact}`,
      '7 must be a JSON object: one CloudEvent',
    ]);
    const listed = (await readFile(summary.rejectedFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).raw);
    expect(listed).toEqual([...lines, '9007199254740993']);
  });

  it('takes lines of other ends and encodings, packed too, and tells of the one that is not UTF-8', async () => {
    const { log, publish } = memoryLog();
    const text = `${event(1)}\r{"id": "M\xfcller"}\r${event(2)}\r`;
    await writeFile(file, gzipSync(Buffer.from(text, 'latin1')));
    const problems: string[] = [];
    await run(publish, { onProblem: ({ line, reason }) => problems.push(`${line} ${reason}`) });
    expect(problems).toEqual(['2 is not UTF-8']);
    await writeFile(file, Buffer.from(`\uFEFF${event(3)}\r\n${event(4)}`, 'utf16le'));
    await run(publish);
    expect(log).toEqual(['e1', 'e2', 'e3', 'e4']);
    await writeFile(file, gzipSync(gzipSync(text)));
    await expect(run(publish)).rejects.toThrow(`${file} is gzipped twice`);
  });

  it('keeps its notes where it is told to, and leaves the folder of the file alone', async () => {
    await writeFile(file, events(1, 5));
    const notesFolder = join(folder, 'notes');
    await run(memoryLog().publish, { notesFolder });
    expect(await readdir(folder)).toEqual(['events.ndjson', 'notes']);
    expect(await readdir(notesFolder)).toHaveLength(1);
  });

  it('says what is wrong with a file that is not there, is damaged, or needs a mapping', async () => {
    const { publish } = memoryLog();
    await expect(run(publish)).rejects.toThrow(`${file} does not exist.`);
    await expect(run(publish, { file: folder })).rejects.toThrow(`${folder} is a folder; name its files.`);
    await writeFile(file, gzipSync(events(1, 1000)).subarray(0, 900));
    await expect(run(publish)).rejects.toThrow('is damaged: unexpected end of file');
    await writeFile(join(folder, 'log.csv'), 'a,b\n');
    await expect(run(publish, { file: join(folder, 'log.csv') })).rejects.toThrow('looks like CSV: it needs --mapping');
  });
});
