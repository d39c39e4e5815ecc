import type { ReadinessCheck, Role } from '@touchstone/runtime';

/**
 * In a process that serves HTTP a failure of its other work is reported but does not take it out of
 * service. A process without HTTP service is ready only if its work succeeds.
 */
export function besideServing(roles: ReadonlySet<Role>): (check: ReadinessCheck) => ReadinessCheck {
  const isServing = roles.has('ingest') || roles.has('query');
  return (check) => ({ ...check, isNeeded: !isServing });
}
