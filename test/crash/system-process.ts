import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { programArguments } from '../programs/program.ts';

const main = fileURLToPath(new URL('../../services/touchstone/src/main.ts', import.meta.url));
const root = new URL('../../', import.meta.url).pathname;

/** The whole system in a process of its own, as `pnpm start` runs it. */
export interface SystemProcess {
  readonly url: string;
  readonly process: ChildProcess;
  /** The lines printed so far. */
  said(): readonly string[];
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and wait for its exit code. */
  stop(): Promise<number | null>;
}

/**
 * Starts the system over a folder and waits until it answers. Throws with its output if it does
 * not.
 */
export async function startSystem(folder: string, environment: Record<string, string> = {}): Promise<SystemProcess> {
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=32', '--no-parallel-scavenge', ...programArguments(main)],
    {
      cwd: root,
      // No load balancer must be told first of the stop, and random histories reach beyond today.
      env: {
        ...process.env,
        // The value that `pnpm start` sets.
        UV_THREADPOOL_SIZE: '12',
        PORT: '0',
        TOUCHSTONE_DATA: folder,
        STOP_GRACE: 'off',
        FUTURE_LIMIT: 'off',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const exited = once(child, 'exit');
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const match = /Touchstone answers at (http:\/\/[\d.:a-z[\]]+)/.exec(output);
      if (match !== null) resolve(match[1]!);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code, signal) =>
      reject(new Error(`the system ended (${code ?? signal}) and had said:\n${output}`)),
    );
  });
  return {
    url,
    process: child,
    said: () => output.split('\n'),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

/** Answer of a system just started, until its rows are filled and known to be complete. */
const BEING_CHECKED = /is being (checked|filled from the log). Ask again/;

/**
 * GET or POST JSON. Asks again while the rows are being checked, and throws on any other answer but
 * 2xx.
 */
export async function request<Answer>(
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  for (;;) {
    const answer = await fetch(url, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json', ...headers },
    });
    if (answer.ok) return (await answer.json()) as Answer;
    const told = await answer.text();
    if (answer.status !== 503 || !BEING_CHECKED.test(told))
      throw new Error(`${url} answered ${answer.status}: ${told}`);
    await pause(50);
  }
}

/** Waits until everything published is projected; returns how long that took, ms. */
export async function projected(
  { url }: Pick<SystemProcess, 'url'>,
  patienceMs = 600_000,
  headers: Record<string, string> = {},
): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const position = await request<{ log: string; projected: string }>(`${url}/v1/position`, undefined, headers);
    if (position.log === position.projected) return performance.now() - begun;
    if (performance.now() - begun > patienceMs)
      throw new Error(`projected ${position.projected} of ${position.log} only`);
    await pause(50);
  }
}

/** Resident memory of the process, by its own metrics, MB. */
export async function memoryMb({ url }: Pick<SystemProcess, 'url'>): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)![1]) / 1e6;
}
