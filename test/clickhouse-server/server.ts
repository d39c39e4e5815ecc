import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forkable } from '../programs/program.ts';
import type { ClusterRules } from './cluster.ts';
import type { Fault, FaultKind, Order, Report } from './faults.ts';

export interface ClickHouseServer {
  /** The URL with user and password, both of which need escaping. */
  readonly url: string;
  readonly port: number;
  /** The URL without user and password. */
  readonly address: string;
  /** Makes the next statements whose SQL contains `matching` meet a fault. */
  fail(kind: FaultKind, matching: string, times?: number): Promise<RaisedFault>;
  /** Ends all faults; statements that already hang stay so. */
  mend(): void;
  /** SIGKILL; the data stays. */
  kill(): Promise<void>;
  /** Restarts on the same folder and port, optionally with other cluster rules. */
  restart(cluster?: ClusterRules): Promise<void>;
  /**
   * Statements for all replicas received so far: definitions of databases and tables, and `SYSTEM
   * SYNC REPLICA`.
   */
  readonly told: readonly string[];
  /** SIGSTOP: the port stays open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

export interface RaisedFault {
  /** Resolves once this many statements have met the fault. */
  hit(times?: number): Promise<void>;
  /**
   * For `held` and `slow`: resolves once this many statements have finished, to the engine's error
   * for each, `null` for success.
   */
  executed(times?: number): Promise<(string | null)[]>;
  /** For `held`: executes the statements now, in order; resolves like `executed`. */
  release(): Promise<(string | null)[]>;
}

export const USER = 'touch@stone';
export const PASSWORD = 'p@ss:word/#';

/**
 * Starts ClickHouse's HTTP interface in front of the embedded engine, in its own process; the real,
 * unmodified client talks to it. The SQL and its effects are those of a server; the wire protocol
 * is imitated, and with `cluster` also as much of a replica as works without the others.
 */
export async function startClickHouseServer(cluster?: ClusterRules): Promise<ClickHouseServer> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-clickhouse-'));
  const [program, execArgv] = forkable(fileURLToPath(new URL('./main.ts', import.meta.url)));
  const watchers = new Set<(report: Report) => void>();
  const told: string[] = [];
  let rules = cluster;
  let process_ = await launch(0);
  const { port } = process_;
  let faults = 0;

  async function launch(at: number) {
    const given = [folder, String(at), USER, PASSWORD, ...(rules === undefined ? [] : [JSON.stringify(rules)])];
    const child = fork(program, given, {
      execArgv,
      // The engine's queries run on Node's thread pool: it needs one thread per connection, or a
      // waiting query would block others.
      env: { ...process.env, UV_THREADPOOL_SIZE: '24' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit');
    const listening = new Promise<number>((resolve, reject) => {
      child.on('message', (report: Report) => {
        if (report.report === 'listening') resolve(report.port);
        if (report.report === 'told') told.push(report.sql);
        for (const watch of watchers) watch(report);
      });
      child.once('exit', (code) => reject(new Error(`the ClickHouse server ended with ${code} before it listened`)));
    });
    return { child, ended, port: await listening, send: (order: Order) => void child.send(order) };
  }
  async function kill(): Promise<void> {
    process_.child.kill('SIGKILL');
    await process_.ended;
  }
  /** Resolves once `count` reports of a kind have arrived for a fault. */
  function reports<Kind extends 'hit' | 'executed'>(id: number, kind: Kind) {
    const seen: Extract<Report, { report: Kind }>[] = [];
    const waiting = new Set<() => void>();
    watchers.add((report) => {
      if (report.report !== kind || report.id !== id) return;
      seen.push(report as (typeof seen)[number]);
      for (const check of waiting) check();
    });
    const until = (count: number) =>
      new Promise<typeof seen>((resolve) => {
        const check = () => {
          if (seen.length >= count) resolve(seen);
        };
        waiting.add(check);
        check();
      });
    return { seen, until };
  }

  const credentials = `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`;
  return {
    url: `http://${credentials}@127.0.0.1:${port}`,
    address: `127.0.0.1:${port}`,
    port,
    async fail(kind, matching, times = 1) {
      const fault: Fault = { id: ++faults, kind, matching, times };
      const hits = reports(fault.id, 'hit');
      const executed = reports(fault.id, 'executed');
      process_.send({ order: 'fail', fault });
      return {
        hit: async (count = times) => void (await hits.until(count)),
        executed: async (count = times) => (await executed.until(count)).map(({ error }) => error),
        async release() {
          process_.send({ order: 'release', id: fault.id });
          return (await executed.until(hits.seen.length)).map(({ error }) => error);
        },
      };
    },
    mend: () => process_.send({ order: 'mend' }),
    kill,
    told,
    async restart(others = rules) {
      rules = others;
      process_ = await launch(port);
    },
    freeze: () => void process_.child.kill('SIGSTOP'),
    thaw: () => void process_.child.kill('SIGCONT'),
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
