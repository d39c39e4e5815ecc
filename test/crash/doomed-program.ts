import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { forkable } from '../programs/program.ts';

/** A program that tests kill again and again. It loads its imports, and then waits for an order. */
export interface DoomedProgram<Order> {
  /** Begins one run, and loads the imports of the next one meanwhile. */
  run(order: Order): DoomedRun;
  /** Kills the running and the waiting process. */
  end(): Promise<void>;
}

export interface DoomedRun {
  readonly process: ChildProcess;
  /**
   * Resolves with the message of this name, now or already received. Rejects if the program ends by
   * itself.
   */
  hears<Said>(name: string): Promise<Said>;
  /** Resolves at the next message of this name. Rejects if the program ends before. */
  next(name: string): Promise<void>;
  /** Calls back at each message of this name. */
  on(name: string, listener: () => void): void;
  /** Sends the program a word, see {@link onTold}. */
  tell(word: string): void;
  /**
   * SIGKILL; resolves when the process is gone. Rejects, with its output, if it was gone before.
   */
  kill(): Promise<void>;
}

/** Longest wait for a message, ms. */
const PATIENCE_MS = 60_000;

/**
 * Starts programs from `file`, which lies beside this one and takes its order with {@link onOrder}.
 */
export function doomedProgram<Order extends object>(file: string): DoomedProgram<Order> {
  const children = new Set<ChildProcess>();
  const [program, execArgv] = forkable(fileURLToPath(new URL(file, import.meta.url)));
  const launch = () => {
    const child = fork(program, {
      execArgv,
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
      const { child, gone, hears, next, on, printed } = spare;
      child.send(order);
      spare = launch();
      return {
        process: child,
        hears,
        next,
        on,
        tell: (word) => void child.send({ word }),
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
  const listening = new Set<(names: readonly string[]) => unknown>();
  let printed = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk) => {
      printed += chunk;
    });
  }
  const tell = (names: readonly string[]) => {
    for (const listen of listening) listen(names);
  };
  child.on('message', (message: object) => {
    for (const [name, value] of Object.entries(message)) said.set(name, value);
    tell(Object.keys(message));
  });
  child.once('exit', () => tell([]));

  function until(name: string, isSaid: (names: readonly string[]) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: string) => {
        listening.delete(listen);
        clearTimeout(limit);
        if (error === undefined) resolve();
        else reject(new Error(`the program ${error} "${name}". It has printed:\n${printed}`));
      };
      const listen = (names: readonly string[]) => {
        const end = child.exitCode ?? child.signalCode;
        if (isSaid(names)) settle();
        else if (end !== null) settle(`ended (${end}) before it said`);
      };
      const limit = setTimeout(settle, PATIENCE_MS, `has for ${PATIENCE_MS} ms not said`);
      listening.add(listen);
      listen([]);
    });
  }
  return {
    printed: () => printed,
    on(name: string, listener: () => void): void {
      listening.add((names) => names.includes(name) && listener());
    },
    next: (name: string) => until(name, (names) => names.includes(name)),
    hears: async <Said>(name: string) => {
      await until(name, () => said.has(name));
      return said.get(name) as Said;
    },
  };
}

/**
 * Called in the program: runs `work` with the order once it arrives. The program ends when its
 * parent is gone.
 */
export function onOrder<Order>(work: (order: Order) => Promise<void>): void {
  process.once('disconnect', () => process.exit(0));
  process.once('message', (order: Order) => {
    work(order).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
}

/** Called in the program after its order: calls back each time the parent sends this word. */
export function onTold(word: string, listener: () => void): void {
  process.on('message', (told: { readonly word?: string }) => told.word === word && listener());
}

/** Called in the program: sends a message, see {@link DoomedRun.hears}. */
export const say = (said: object): void => void process.send!(said);
