import type { Clock } from '@touchstone/clock';
import type { HttpServer, Keys, Role } from '@touchstone/runtime';
import type { CutWatch } from '../cut-watch.ts';
import type { Flow } from '../flow.ts';
import type { Kafka, RelayFlow } from '../kafka.ts';
import type { kafkaMetrics } from '../kafka-metrics.ts';
import type { ProcessParts, Tables } from '../tables/tables.ts';
import { besideServing } from './beside-serving.ts';

/** Parts from which the roles of a process are made; a role may add to them for later ones. */
export interface Parts extends ProcessParts {
  readonly app: HttpServer;
  readonly keys: Keys | undefined;
  /** Signs links for customers; undefined: none are made. */
  readonly shareSecret: Buffer | undefined;
  readonly cuts: CutWatch;
  /** Absent in a process that neither reads nor writes rows. */
  readonly tables: Tables | undefined;
  /** Absent without `KAFKA_URL`. */
  readonly kafka: (Kafka & { readonly measured: ReturnType<typeof kafkaMetrics> }) | undefined;
  /** Set by the role `clock`. */
  clock: Clock | undefined;
  /** Set by the role `relay`. */
  relay: RelayFlow | undefined;
}

/** One kind of work of a process. */
export interface RoleValue {
  readonly name: Role;
  /**
   * Starts it, and adds its steps of stopping and its checks of readiness; resolves once it works.
   */
  start(parts: Parts): Promise<void>;
}

/** Adds a flow, which retries what fails, to its process. */
export function runFlow({ checks, steps, roles }: Parts, flow: Flow): void {
  checks.push(besideServing(roles)(flow.check));
  steps.unshift({ name: flow.check.name, run: flow.stop });
}
