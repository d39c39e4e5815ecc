import type { RpcError } from './messages.ts';

/** A fault of one append, in place of its normal decision and answer. */
export type AppendFault =
  /** Neither stored nor answered. */
  | 'never answered'
  /** Stored, but the answer is lost. */
  | 'stored, never answered'
  /** The connection to the client is cut, before or after the append is stored. */
  | 'cut'
  | 'stored, then cut'
  /** The call that carries all appends ends without an error, and this append gets no answer. */
  | 'call ended'
  /** The call fails with an error. */
  | RpcError
  /** Decided only after this time, ms. */
  | { readonly lateMs: number };

/** A fault of one read or subscription, when it is opened. */
export type ReadFault = 'never answered' | 'ended' | RpcError;

export interface AppendSeen {
  readonly stream: string;
  readonly events: number;
}

export interface ReadSeen {
  /** `undefined` for the whole log. */
  readonly stream: string | undefined;
  readonly isSubscription: boolean;
}

/**
 * The faults of a server; tests set and clear them as they go. Each function is called for every
 * call.
 */
export interface Faults {
  append?: ((seen: AppendSeen) => AppendFault | undefined) | undefined;
  read?: ((seen: ReadSeen) => ReadFault | undefined) | undefined;
  features?: (() => RpcError | 'never answered' | undefined) | undefined;
  /** Every call is told that the node on this port is the leader. */
  leaderPort?: number | undefined;
  /** Subscriptions stay open but send nothing any more. */
  subscriptionsSilent?: boolean | undefined;
  /** Another `MaxAppendSize`, as an operator may configure it, bytes. */
  maxAppendBytes?: number | undefined;
  /** Sent as a checkpoint once a subscription has caught up. */
  oddCheckpoint?: bigint | undefined;
}

/** A fault for the first `times` calls for which `applies` holds, and none after. */
export function firstTimes<Seen, Fault>(times: number, fault: Fault, applies: (seen: Seen) => boolean = () => true) {
  let left = times;
  return (seen: Seen): Fault | undefined => {
    if (left === 0 || !applies(seen)) return undefined;
    left -= 1;
    return fault;
  };
}
