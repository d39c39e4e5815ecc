import { setTimeout as pause } from 'node:timers/promises';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { AppendFault, Faults } from './faults.ts';
import type { Appended, Expected, Log, ProposedEvent } from './log.ts';
import { appendSize, batchAnswer, notLeader, proposedEvent, RpcError, streamName, uuidText } from './messages.ts';

type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

export interface AppendService {
  readonly log: Log;
  readonly faults: Faults;
  readonly maxAppendBytes: number;
  /** The server's clock, with which a client's deadline is compared. */
  readonly now: () => number;
  /** Cuts the connections of all clients, as a network failure does. */
  readonly cut: () => void;
  readonly counted: { appends: number };
}

interface Incoming {
  readonly options: BatchAppendReq.Options;
  readonly stream: string;
  readonly events: ProposedEvent[];
}

/**
 * `Streams/BatchAppend`: one long call with many appends, each identified by its correlation id and
 * possibly in several pieces.
 */
export function serveBatchAppend(service: AppendService): (call: BatchCall) => void {
  return (call) => {
    const incoming = new Map<string, Incoming>();
    const state = { call, isOver: false };
    call.on('data', (request: BatchAppendReq) => {
      receive(service, state, incoming, request).catch((error: unknown) => {
        call.emit('error', error instanceof RpcError ? error : new RpcError(13, String(error)));
      });
    });
    call.on('end', () => call.end());
    call.on('error', () => {});
  };
}

/** A call of which the server reads nothing more once it is over, though messages are there. */
interface OpenCall {
  readonly call: BatchCall;
  isOver: boolean;
}

async function receive(
  service: AppendService,
  open: OpenCall,
  incoming: Map<string, Incoming>,
  request: BatchAppendReq,
): Promise<void> {
  const { call } = open;
  if (open.isOver) return;
  const correlation = uuidText(request.getCorrelationId());
  const options = request.getOptions();
  if (options) incoming.set(correlation, { options, stream: streamName(options.getStreamIdentifier()), events: [] });
  const append = incoming.get(correlation);
  if (!append) return;
  append.events.push(...request.getProposedMessagesList().map(proposedEvent));
  if (!request.getIsFinal()) return;
  incoming.delete(correlation);
  service.counted.appends += 1;

  const { log, faults } = service;
  const maxAppendBytes = faults.maxAppendBytes ?? service.maxAppendBytes;
  const expected = expectedOf(append.options);
  const answer = (appended: Appended | 'tooLarge' | 'timeout'): void => {
    if (!call.destroyed && !call.cancelled) {
      call.write(batchAnswer(request.getCorrelationId()!, append.stream, appended, expected, maxAppendBytes));
    }
  };
  const decide = (): Appended => log.append(append.stream, expected, append.events);

  if (faults.leaderPort !== undefined) {
    open.isOver = true;
    throw notLeader(faults.leaderPort);
  }
  const deadline = append.options.getDeadline();
  if (deadline && deadline.toDate().getTime() <= service.now()) return answer('timeout');
  if (appendSize(append.events) > maxAppendBytes) return answer('tooLarge');
  const fault = faults.append?.({ stream: append.stream, events: append.events.length });
  if (fault === undefined) return answer(decide());
  await fail(service, open, fault, decide, answer);
}

async function fail(
  service: AppendService,
  open: OpenCall,
  fault: AppendFault,
  decide: () => Appended,
  answer: (appended: Appended) => void,
): Promise<void> {
  open.isOver = fault instanceof RpcError || /cut|ended/.test(String(fault));
  if (fault instanceof RpcError) throw fault;
  if (typeof fault === 'object') {
    await pause(fault.lateMs);
    answer(decide());
    return;
  }
  if (fault === 'stored, never answered' || fault === 'stored, then cut') decide();
  if (fault === 'cut' || fault === 'stored, then cut') service.cut();
  if (fault === 'call ended') open.call.end();
}

function expectedOf(options: BatchAppendReq.Options): Expected {
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'exists';
  return options.hasNoStream() ? -1 : Number(options.getStreamPosition());
}
