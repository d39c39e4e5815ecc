import { randomUUID } from 'node:crypto';
import { EventStoreDBClient } from '@eventstore/db-client';
import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import services from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendReq, BatchAppendResp, ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { type BatchDetails, batchFailure, CONFLICT, EventStoreDbFailure, failureOf, TOO_LARGE } from './failure.ts';
import { pullMessages, text, uuidText } from './subscribe/pull.ts';
import type { ReadRequest, StreamFilter, WireAppended, WireClient, WireEvent, WireMessage } from './wire.ts';

/**
 * The seam to `@eventstore/db-client`: only this file imports it. The client supplies the
 * connection (connection string, TLS, credentials, discovery, following the leader) and its
 * generated messages; appends and reads are called here, not through its methods, because version
 * 6.2.1, the last of its line, cannot be made safe from outside:
 * - its appends hang for ever when the server is silent
 * - one broken connection fails the appends of every client of the process and then ends the
 *   process
 * - its checkpoints overtake the events before them
 * - its reads parse and lose the stored text
 */

type StreamsClient = InstanceType<typeof services.StreamsClient>;
type BatchCall = ReturnType<StreamsClient['batchAppend']>;
type CallArguments = Parameters<StreamsClient['batchAppend']>;

/**
 * Internals of the client that we use besides its public methods. Its version is pinned, and its
 * line is closed.
 */
interface ClientInternals {
  readonly capabilities: Promise<{ serverVersion: string }>;
  getGRPCClient(client: typeof services.StreamsClient, name: string): Promise<StreamsClient>;
  /**
   * Opens a call, and reconnects (or follows the leader) when it ends with an error that asks for
   * it.
   */
  GRPCStreamCreator<T>(
    client: typeof services.StreamsClient,
    name: string,
    open: (grpc: StreamsClient) => T,
  ): () => Promise<T>;
  callArguments(options: { requiresLeader: boolean }, call: { deadline: number }): CallArguments;
  dispose(): Promise<void>;
}

/** The call that carries all appends of a client, and the appends that wait for an answer on it. */
interface Batch {
  readonly call: BatchCall;
  readonly pending: Map<string, PendingAppend>;
}

interface PendingAppend {
  readonly stream: string;
  readonly timer: NodeJS.Timeout;
  /** Its timeout fired before the call was open, so it must not be sent any more. */
  isLate: boolean;
  readonly resolve: (appended: WireAppended) => void;
  readonly reject: (failure: EventStoreDbFailure) => void;
}

let clientsMade = 0;

/**
 * Connect lazily: nothing is sent before the first call. Calls `onBroken` when the call that
 * carries appends ends; throws if the connection string is invalid.
 */
export function eventStoreDbClient(url: string, onBroken: () => void): WireClient {
  const client = EventStoreDBClient.connectionString(ownConnection(url)) as unknown as ClientInternals;
  const callArguments = (): CallArguments =>
    client.callArguments({ requiresLeader: true }, { deadline: Number.POSITIVE_INFINITY });
  let opening: Promise<Batch> | undefined;
  let opened: Batch | undefined;

  const openBatch = async (): Promise<Batch> => {
    const open = client.GRPCStreamCreator(services.StreamsClient, 'append', (grpc) =>
      grpc.batchAppend(...callArguments()),
    );
    try {
      const batch = listen(await open(), () => {
        onBroken();
        if (opened !== batch) return;
        opened = undefined;
        opening = undefined;
      });
      opened = batch;
      return batch;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };

  return {
    serverVersion: async () => (await client.capabilities).serverVersion,
    append: (stream, expected, events, ms) =>
      new Promise((resolve, reject) => {
        const correlation = randomUUID();
        const request = appendRequest(correlation, stream, expected, events);
        const timer = setTimeout(() => {
          waiting.isLate = true;
          opened?.pending.delete(correlation);
          const what = `append to stream ${JSON.stringify(stream)}`;
          reject(new EventStoreDbFailure('silent', `${what}: no answer within ${ms} ms`));
        }, ms);
        const waiting: PendingAppend = { stream, timer, resolve, reject, isLate: false };
        if (opened) {
          send(opened, correlation, waiting, request);
          return;
        }
        opening ??= openBatch();
        opening.then(
          (batch) => send(batch, correlation, waiting, request),
          (error: unknown) => {
            clearTimeout(timer);
            reject(failureOf(error));
          },
        );
      }),
    async read(request) {
      const message = readRequest(request);
      const open = client.GRPCStreamCreator(services.StreamsClient, 'read', (grpc) =>
        grpc.read(message, ...callArguments()),
      );
      return pullMessages(await open(), wireMessage);
    },
    dispose() {
      const ignore = (): void => {};
      client.getGRPCClient(services.StreamsClient, 'close').then((grpc) => grpc.close(), ignore);
      client.dispose().catch(ignore);
    },
  };
}

/**
 * Gives each client a keep-alive interval of its own (10 s and some ms) and thereby its own
 * connection. grpc-js lets channels of equal options share one TCP connection, so a client that
 * replaces a stuck one would otherwise get the stuck connection again.
 */
function ownConnection(url: string): string {
  if (/[?&]keep-?_?alive-?_?interval=/i.test(url)) return url;
  clientsMade += 1;
  return `${url}${url.includes('?') ? '&' : '?'}keepAliveInterval=${10_000 + (clientsMade % 1000)}`;
}

/**
 * Passes each answer to the append that waits for it; drops an answer that nobody waits for any
 * more.
 */
function listen(call: BatchCall, forget: () => void): Batch {
  const pending = new Map<string, PendingAppend>();
  const fail = (failure: EventStoreDbFailure): void => {
    forget();
    for (const { timer, reject } of pending.values()) {
      clearTimeout(timer);
      reject(failure);
    }
    pending.clear();
  };
  call.on('data', (answer: BatchAppendResp) => {
    const correlation = uuidText(answer.getCorrelationId());
    const waiting = pending.get(correlation);
    if (!waiting) return;
    pending.delete(correlation);
    clearTimeout(waiting.timer);
    settle(answer, waiting);
  });
  call.on('error', (error: unknown) => {
    const failure = failureOf(error);
    // The call carried several appends, so the server's refusal need not concern each of them.
    const unclear = failure.kind === 'refused' && pending.size > 1;
    fail(unclear ? new EventStoreDbFailure('broken', failure.message, { cause: error }) : failure);
  });
  call.on('end', () => fail(new EventStoreDbFailure('broken', 'the server ended the append call')));
  return { call, pending };
}

function send({ call, pending }: Batch, correlation: string, waiting: PendingAppend, request: BatchAppendReq): void {
  if (waiting.isLate) return;
  pending.set(correlation, waiting);
  call.write(request);
}

function settle(answer: BatchAppendResp, { stream, resolve, reject }: PendingAppend): void {
  const success = answer.getSuccess();
  if (success) {
    const position = success.getPosition()?.getCommitPosition();
    resolve({
      revision: success.hasCurrentRevision() ? Number(success.getCurrentRevision()) : -1,
      position: position === undefined ? undefined : BigInt(position),
    });
    return;
  }
  const status = answer.getError();
  const details = status?.getDetails();
  const name = details?.getTypeName() ?? '';
  reject(batchFailure(name, status?.getMessage() ?? '', stream, detailsOf(name, details?.getValue_asU8())));
}

function detailsOf(name: string, bytes: Uint8Array = new Uint8Array()): BatchDetails {
  if (name.endsWith(TOO_LARGE)) {
    return { maxBytes: shared.MaximumAppendSizeExceeded.deserializeBinary(bytes).getMaxappendsize() };
  }
  if (!name.endsWith(CONFLICT)) return {};
  const conflict = shared.WrongExpectedVersion.deserializeBinary(bytes);
  return { current: conflict.hasCurrentStreamRevision() ? Number(conflict.getCurrentStreamRevision()) : undefined };
}

/**
 * Sends no deadline: it would be a time on the server's clock, and a client whose clock is behind
 * by more than that could never append. The server applies its own write timeout instead, and ours
 * runs here.
 */
function appendRequest(
  correlation: string,
  stream: string,
  expected: number,
  events: readonly WireEvent[],
): BatchAppendReq {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(streamIdentifier(stream));
  // The declared type is google's Empty; the client sends its own, and both encode to no bytes.
  if (expected < 0) options.setNoStream(new shared.Empty() as never);
  else options.setStreamPosition(String(expected));
  const request = new streams.BatchAppendReq();
  request.setCorrelationId(uuid(correlation));
  request.setOptions(options);
  request.setIsFinal(true);
  request.setProposedMessagesList(
    events.map((event) => {
      const message = new streams.BatchAppendReq.ProposedMessage();
      message.setId(uuid(event.eventId));
      message.getMetadataMap().set('type', event.type).set('content-type', 'application/json');
      message.setData(event.data);
      message.setCustomMetadata(event.metadata);
      return message;
    }),
  );
  return request;
}

function readRequest(request: ReadRequest): ReadReq {
  const options = new streams.ReadReq.Options();
  options.setReadDirection(request.backwards ? 1 : 0);
  options.setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  if (request.count === 'subscription') options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
  else options.setCount(String(request.count));
  if ('stream' in request) {
    const stream = new streams.ReadReq.Options.StreamOptions();
    stream.setStreamIdentifier(streamIdentifier(request.stream));
    if (request.from === 'end') stream.setEnd(new shared.Empty());
    else stream.setRevision(String(request.from));
    options.setStream(stream);
  } else {
    options.setAll(allOptions(request.from));
  }
  const filter = 'filter' in request ? request.filter : undefined;
  if (filter) options.setFilter(filterOptions(filter));
  else options.setNoFilter(new shared.Empty());
  return new streams.ReadReq().setOptions(options);
}

function allOptions(from: bigint | 'start' | 'end') {
  const all = new streams.ReadReq.Options.AllOptions();
  if (from === 'start') return all.setStart(new shared.Empty());
  if (from === 'end') return all.setEnd(new shared.Empty());
  // Commit and prepare position are equal for everything that is written over gRPC.
  const position = new streams.ReadReq.Options.Position();
  return all.setPosition(position.setCommitPosition(String(from)).setPreparePosition(String(from)));
}

/**
 * Requests a checkpoint for every 32 x 32 events considered, often enough to show progress over a
 * log with few matches.
 */
function filterOptions(filter: StreamFilter) {
  const expression = new streams.ReadReq.Options.FilterOptions.Expression();
  if ('prefix' in filter) expression.setPrefixList([filter.prefix]);
  else expression.setRegex(filter.regex);
  const options = new streams.ReadReq.Options.FilterOptions();
  return options.setStreamIdentifier(expression).setMax(32).setCheckpointintervalmultiplier(32);
}

function wireMessage(response: ReadResp): WireMessage | undefined {
  const event = response.getEvent()?.getEvent();
  if (event) {
    const metadata = event.getMetadataMap();
    return {
      kind: 'event',
      record: {
        eventId: uuidText(event.getId()),
        stream: text(event.getStreamIdentifier()?.getStreamName_asU8()),
        revision: Number(event.getStreamRevision()),
        position: BigInt(event.getCommitPosition()),
        type: metadata.get('type') ?? '',
        // Ticks of 100 ns since 1970, as decimal text.
        createdAt: Number((metadata.get('created') ?? '0').slice(0, -4)),
        data: text(event.getData_asU8()),
        metadata: text(event.getCustomMetadata_asU8()),
      },
    };
  }
  if (response.hasCheckpoint())
    return { kind: 'checkpoint', position: BigInt(response.getCheckpoint()!.getCommitPosition()) };
  if (response.hasConfirmation()) return { kind: 'confirmed' };
  if (response.hasCaughtUp()) return { kind: 'caughtUp' };
  if (response.hasStreamNotFound()) return { kind: 'noStream' };
  return undefined;
}

function streamIdentifier(name: string) {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(name, 'utf8'));
}

function uuid(value: string): UUID {
  return new shared.UUID().setString(value);
}
