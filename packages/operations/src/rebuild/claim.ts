import type { Generation, ReadModels } from '@touchstone/read-models';

/** The right to rebuild: one process of all fills another generation at a time. */
export interface HeldRebuild {
  /** Aborts with the reason once another process has taken the right over. */
  readonly lost: AbortSignal;
  /** Whether nobody fills this generation any more, which is neither in force nor kept. */
  isAbandoned(generation: Generation): Promise<boolean>;
  /** Creates the new generation, empty. */
  create(measures: string, log: string): Promise<Generation>;
  /**
   * Switches queries to the new generation.
   * @throws ReadModelError `fenced` if another process has taken the right over, or switched.
   */
  switchFrom(before: number): Promise<void>;
  /** Never rejects: a right that cannot be returned expires by itself. */
  release(): Promise<void>;
}

/** @throws Problem `under_way` while another process rebuilds. */
export type ClaimRebuild = () => Promise<HeldRebuild>;

/** The right of a process that alone fills its tables: nobody disputes it. */
export function ownClaim(readModels: ReadModels): ClaimRebuild {
  return async () => {
    let created: Generation | undefined;
    return {
      lost: new AbortController().signal,
      isAbandoned: async () => true,
      create: async (measures, log) => {
        created = await readModels.createGeneration(measures, log);
        return created;
      },
      switchFrom: async () => readModels.switchTo(created!.number),
      release: async () => undefined,
    };
  };
}
