import type { Position } from '@touchstone/api';

export interface Conservation {
  /**
   * `catching-up`: the missing events are still on their way. `broken`: the system is at rest, and
   * yet events are missing.
   */
  readonly state: 'holds' | 'catching-up' | 'broken';
  readonly accepted: bigint;
  readonly stored: bigint;
  readonly projected: bigint;
  readonly parked: bigint;
  /** Number of log positions that the read model has not reached. */
  readonly behind: bigint;
}

/**
 * accepted = stored + cut, and stored = projected + parked, must hold whenever the system is at
 * rest.
 */
export function conservationOf(position: Position): Conservation {
  const accepted = BigInt(position.accepted);
  const stored = BigInt(position.stored);
  const projected = BigInt(position.projectedEvents);
  const parked = BigInt(position.parked);
  const distance = BigInt(position.log) - BigInt(position.projected);
  const behind = distance > 0n ? distance : 0n;
  const cut = BigInt(position.cut ?? 0);
  const holds = accepted === stored + cut && stored === projected + parked;
  return {
    state: holds ? 'holds' : behind > 0n ? 'catching-up' : 'broken',
    accepted,
    stored,
    projected,
    parked,
    behind,
  };
}
