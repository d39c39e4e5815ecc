import { describe, inject } from 'vitest';
import { isRequired, NEEDS, type Need, type NeedName, REQUIRE } from './needs.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address at which global-setup.ts tells what this machine can run. */
    serversHereAt: string;
  }
}

/**
 * `describe` for suites that need a program that npm does not provide. If this machine cannot run
 * it, the suite is skipped with the reason in its title; if all are required, it fails instead.
 */
export async function describeWith(need: NeedName): Promise<(title: string, suite: () => void) => void> {
  const reason = await whyMissing(need);
  const { isOptional = false }: Need = NEEDS[need];
  if (reason !== null && isRequired() && !isOptional) {
    throw new Error(`${REQUIRE}=all, but ${NEEDS[need].name} cannot run here: ${reason}. To run: ${NEEDS[need].get}.`);
  }
  return (title, suite) => {
    if (reason === null) describe(title, suite);
    else describe.skip(`${title} (skipped: ${NEEDS[need].name}: ${reason})`, suite);
  };
}

/** Asks the global setup, so that each need is checked (and fetched) once per run. */
async function whyMissing(need: NeedName): Promise<string | null> {
  const at = inject('serversHereAt') as string | undefined;
  if (at === undefined) return NEEDS[need].whyMissing();
  const response = await fetch(`${at}/${need}`);
  if (!response.ok) throw new Error(await response.text());
  return ((await response.json()) as { reason: string | null }).reason;
}
