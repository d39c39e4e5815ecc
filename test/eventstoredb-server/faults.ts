import type { RpcError } from './messages.ts';

/** What is done to an append instead of deciding and answering it. */
export type AppendFault =
  /** Neither stored nor answered. */
  | 'never answered'
  /** Stored, and the answer is lost. */
  | 'stored, never answered'
  /** The connection to the client is cut, before or after it was stored. */
  | 'cut'
  | 'stored, then cut'
  /** The call that carries all appends ends well, and this one has no answer. */
  | 'call ended'
  /** The call fails with an error. */
  | RpcError
  /** Decided only so many ms later. */
  | { readonly lateMs: number };

/** What is done to a read or subscription when it is asked for. */
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

/** What goes wrong; tests set and clear it as they go. Each is asked for every call. */
export interface Faults {
  append?: ((seen: AppendSeen) => AppendFault | undefined) | undefined;
  read?: ((seen: ReadSeen) => ReadFault | undefined) | undefined;
  features?: (() => RpcError | 'never answered' | undefined) | undefined;
  /** Every call is told that the node on this port leads. */
  leaderPort?: number | undefined;
  /** Subscriptions stay open and say nothing any more. */
  subscriptionsSilent?: boolean | undefined;
  /** The operator has set another `MaxAppendSize`, bytes. */
  maxAppendBytes?: number | undefined;
  /** Sent as a checkpoint once a subscription has caught up. */
  oddCheckpoint?: bigint | undefined;
}

/** A fault for the first `times` calls that `applies`, and none after. */
export function firstTimes<Seen, Fault>(times: number, fault: Fault, applies: (seen: Seen) => boolean = () => true) {
  let left = times;
  return (seen: Seen): Fault | undefined => {
    if (left === 0 || !applies(seen)) return undefined;
    left -= 1;
    return fault;
  };
}
