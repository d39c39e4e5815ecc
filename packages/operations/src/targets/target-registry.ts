import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { type NewTarget, TARGETS_MAX } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { Problem } from '@touchstone/runtime';
import { newestByName, objectivesLedger } from '../alerts/watched-ledger.ts';
import { faultOfName, type LookUp } from './guarded-lookup.ts';
import type { KeptTargets, Target } from './target.ts';
import { faultOfUrl } from './target-address.ts';

export interface TargetRegistryOptions {
  readonly store: EventStore;
  readonly kept: KeptTargets;
  /** True: addresses that are no addresses of the internet are allowed too. */
  readonly allowsPrivate: boolean;
  readonly now: () => number;
  /** For tests. */
  readonly lookUp?: LookUp | undefined;
}

/** The targets of alerts, by name. */
export interface TargetRegistry {
  list(): Promise<readonly Target[]>;
  /** @throws Problem `not_found`. */
  find(name: string): Promise<Target>;
  /** @throws Problem `invalid_target` with what is wrong and how to mend it. */
  put(name: string, target: NewTarget): Promise<Target>;
  /** @throws Problem `not_found`; `target_in_use` while an objective names it. */
  delete(name: string): Promise<Target>;
  /** @throws Problem `invalid_definition` for a name that no target has. */
  assertKnown(names: readonly string[] | undefined): Promise<void>;
}

export function targetRegistry(options: TargetRegistryOptions): TargetRegistry {
  const { store, kept, now } = options;
  const list = async () => [...(await kept.list())].sort((a, b) => (a.name < b.name ? -1 : 1));

  async function find(name: string): Promise<Target> {
    const found = (await list()).find((target) => target.name === name);
    if (found === undefined) throw new Problem('not_found', `There is no target ${name}: GET /v1/targets lists them.`);
    return found;
  }

  return {
    list,
    find,
    async put(name, given) {
      const fault = await faultOf(given.url, options);
      if (fault !== undefined) throw invalidTarget('url', fault);
      const targets = await list();
      const before = targets.find((target) => target.name === name);
      if (before === undefined && targets.length >= TARGETS_MAX) {
        throw invalidTarget('', `is one more than ${TARGETS_MAX}: put it under one of their names, or delete one`);
      }
      const putAt = now();
      const target = { ...given, name, id: before?.id ?? randomUUID(), since: before?.since ?? putAt, putAt };
      await kept.write(name, target);
      return target;
    },
    async delete(name) {
      const target = await find(name);
      const users = [...newestByName(await objectivesLedger(store).versions()).values()].filter(({ rule }) =>
        rule.notify?.includes(name),
      );
      if (users.length > 0) {
        const names = users.map((user) => user.name).join(', ');
        throw new Problem('target_in_use', `Objectives notify it: ${names}. Put them with other targets before.`);
      }
      await kept.write(name, null);
      return target;
    },
    async assertKnown(names) {
      if (names === undefined) return;
      const known = new Set((await list()).map((target) => target.name));
      const errors = names.flatMap((name, at) =>
        known.has(name)
          ? []
          : [{ path: `notify.${at}`, message: `there is no target ${name}: PUT /v1/targets/${name}` }],
      );
      if (errors.length > 0) {
        throw new Problem('invalid_definition', errors.map(({ message }) => message).join('; '), { errors });
      }
    },
  };
}

async function faultOf(url: string, { allowsPrivate, lookUp }: TargetRegistryOptions): Promise<string | undefined> {
  const fault = faultOfUrl(url, allowsPrivate);
  if (fault !== undefined || allowsPrivate) return fault;
  const { hostname } = new URL(url);
  const isName = !hostname.startsWith('[') && isIP(hostname) === 0;
  return isName ? faultOfName(hostname, lookUp) : undefined;
}

function invalidTarget(path: string, message: string): Problem {
  const detail = path === '' ? `The target ${message}.` : `${path}: ${message}.`;
  return new Problem('invalid_target', detail, { errors: [{ path, message }] });
}
