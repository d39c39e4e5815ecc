import { deskTeams } from './shop-teams.ts';
import type { Tale } from './shop-world.ts';
import { forgive, type Shopper } from './shopper.ts';

/**
 * The service desk makes good for a failure; whether the customer accepts depends on the team.
 * Returns when, and whether.
 */
export function tellRecovery(
  shopper: Shopper,
  tale: Tale,
  at: number,
  kind: 'apology' | 'refund' | 'replacement' | 'gesture',
  touchpoint: string,
): { readonly at: number; readonly accepted: boolean } {
  const { team, site, recovers } = shopper.random.pick(deskTeams);
  const accepted = shopper.random.chance(recovers);
  const told = tale.tell(at, 'recovery.made', { kind, accepted, touchpoint, actor: { team, site } });
  if (accepted) forgive(shopper);
  return { at: told, accepted };
}
