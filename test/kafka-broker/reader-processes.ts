import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

export interface ReaderProcess {
  readonly file: string;
  /** Resolves at the next matching line of its output from now on. */
  says(pattern: RegExp): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** The rows that it wrote, in order. */
  rows(): Promise<{ partition: number; position: number; stream: string }[]>;
}

export async function startReader(url: string, topic: string, file: string): Promise<ReaderProcess> {
  await writeFile(file, '');
  const program = new URL('./reader-process.ts', import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', program, url, topic, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const orphaned = () => child.kill('SIGKILL');
  process.once('exit', orphaned);
  child.once('exit', () => process.removeListener('exit', orphaned));
  child.setMaxListeners(0);
  const waiting = new Set<(line: string) => void>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    for (const hear of waiting) hear(line);
  });
  return {
    file,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const gone = () => reject(new Error(`the reader ended before it said ${pattern}`));
        const hear = (line: string) => {
          if (!pattern.test(line)) return;
          waiting.delete(hear);
          child.removeListener('exit', gone);
          resolve();
        };
        waiting.add(hear);
        child.once('exit', gone);
      }),
    signal: (signal) => void child.kill(signal),
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
    async rows() {
      const text = await readFile(file, 'utf8');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [partition, position, stream = ''] = line.split(' ');
          return { partition: Number(partition), position: Number(position), stream };
        });
    },
  };
}
