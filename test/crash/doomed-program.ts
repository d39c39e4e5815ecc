import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program that is killed again and again. It loads what it imports, and then waits to be told what to do. */
export interface DoomedProgram<Order> {
  /** Begin one run; the next one's imports are loaded meanwhile. */
  run(order: Order): DoomedRun;
  /** Kill what is running or waiting. */
  end(): Promise<void>;
}

export interface DoomedRun {
  readonly process: ChildProcess;
  /** Resolves to what it says under this name, once, now or before. Rejects if it ends by itself. */
  hears<Said>(name: string): Promise<Said>;
  /** SIGKILL; resolves when it is gone. Rejects if it was gone before, with what it had printed. */
  kill(): Promise<void>;
}

/** What is not said by then never will be. */
const PATIENCE_MS = 60_000;

/** `file` stands beside this one, and takes its order with {@link onOrder}. */
export function doomedProgram<Order extends object>(file: string): DoomedProgram<Order> {
  const children = new Set<ChildProcess>();
  const launch = () => {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    children.add(child);
    const gone = once(child, 'exit').then(() => void children.delete(child));
    return { child, gone, ...watched(child) };
  };
  let spare = launch();
  return {
    run(order) {
      const { child, gone, hears, printed } = spare;
      child.send(order);
      spare = launch();
      return {
        process: child,
        hears,
        async kill() {
          if (child.exitCode !== null || child.signalCode !== null) {
            throw new Error(`the program had ended (${child.exitCode ?? child.signalCode}):\n${printed()}`);
          }
          child.kill('SIGKILL');
          await gone;
        },
      };
    },
    async end() {
      const all = [...children].map(async (child) => {
        const gone = once(child, 'exit');
        if (child.kill('SIGKILL')) await gone;
      });
      await Promise.all(all);
    },
  };
}

function watched(child: ChildProcess) {
  const said = new Map<string, unknown>();
  const waiting = new Set<() => void>();
  let printed = '';
  child.stdout!.on('data', (chunk) => {
    printed += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    printed += chunk;
  });
  child.on('message', (message: object) => {
    for (const [name, value] of Object.entries(message)) said.set(name, value);
    for (const check of waiting) check();
  });
  child.once('exit', () => {
    for (const check of waiting) check();
  });
  const hears = <Said>(name: string) =>
    new Promise<Said>((resolve, reject) => {
      const check = () => {
        const end = child.exitCode ?? child.signalCode;
        if (said.has(name)) resolve(said.get(name) as Said);
        else if (end === null) return;
        else reject(new Error(`the program ended (${end}) before it said "${name}", and had printed:\n${printed}`));
        waiting.delete(check);
        clearTimeout(limit);
      };
      const limit = setTimeout(() => {
        waiting.delete(check);
        reject(new Error(`the program has not said "${name}" for ${PATIENCE_MS} ms, and has printed:\n${printed}`));
      }, PATIENCE_MS);
      waiting.add(check);
      check();
    });
  return { hears, printed: () => printed };
}

/** In the program: what it is to do, once it is told. It ends when whoever started it is gone. */
export function onOrder<Order>(work: (order: Order) => Promise<void>): void {
  process.once('disconnect', () => process.exit(0));
  process.once('message', (order: Order) => {
    work(order).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
}

/** In the program: see {@link DoomedRun.hears}. */
export const say = (said: object): void => void process.send!(said);
