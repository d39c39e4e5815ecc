import { type NewTarget, newTargetSchema } from '@touchstone/api';
import { z } from 'zod';

/** A target as it is kept, with its secret; times in ms since 1970. */
export interface Target extends NewTarget {
  readonly name: string;
  /** Differs between two targets that had one name after each other. */
  readonly id: string;
  /** Alerts that were told before are not sent. */
  readonly since: number;
  readonly putAt: number;
}

/**
 * The place where targets are kept. It is not the log, because everybody who reads the log would
 * know their secrets.
 */
export interface KeptTargets {
  list(): Promise<readonly Target[]>;
  /** Replaces the target of this name; null deletes it. */
  write(name: string, target: Target | null): Promise<void>;
}

const kept = newTargetSchema.and(
  z.object({ name: z.string(), id: z.string(), since: z.number(), putAt: z.number() }),
) as unknown as z.ZodType<Target>;

/** Reads a target from where it is kept; undefined for what is none. */
export const readTarget = (value: unknown): Target | undefined => kept.safeParse(value).data;
