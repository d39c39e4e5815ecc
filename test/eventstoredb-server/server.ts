import { createRequire } from 'node:module';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { DeleteReq } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { serveBatchAppend } from './appends.ts';
import type { Faults } from './faults.ts';
import { createLog, type Log } from './log.ts';
import { type RpcError, streamDeleted, streamName } from './messages.ts';
import { type ReadService, serveRead } from './reads.ts';
import { openWire } from './wire.ts';

const require = createRequire(import.meta.url);
const { StreamsService } = require('@eventstore/db-client/generated/streams_grpc_pb.js');
const { ServerFeaturesService } = require('@eventstore/db-client/generated/serverfeatures_grpc_pb.js');

export interface ServerOptions {
  /** A log that outlives this server, or is shared with another node. */
  readonly log?: Log;
  /** Default 24.10.0. */
  readonly version?: string;
  readonly maxAppendBytes?: number;
  /** `0` picks a free port. */
  readonly port?: number;
  readonly now?: () => number;
}

export interface EventStoreDbServer {
  readonly url: string;
  readonly port: number;
  readonly log: Log;
  readonly faults: Faults;
  readonly counted: { readonly appends: number };
  /** Number of open reads and subscriptions. */
  openReads(): number;
  /** Ends every subscription, with an error or, without one, normally. */
  endSubscriptions(error?: RpcError): void;
  /** Cuts all connections; new ones are accepted. */
  cut(): void;
  /** Accepts connections and bytes but passes nothing either way, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Stops as a killed process does. The log survives for the caller. */
  stop(): Promise<void>;
}

/**
 * A stand-in for EventStoreDB at the level of its wire protocol: the real client, unmodified,
 * appends to it, reads from it and follows it. Clients connect through a TCP wire in front of the
 * server, which tests can cut and freeze.
 */
export async function startEventStoreDbServer(options: ServerOptions = {}): Promise<EventStoreDbServer> {
  const { version = '24.10.0', maxAppendBytes = 1024 * 1024, now = Date.now } = options;
  const log = options.log ?? createLog(now);
  if (!options.log) log.writeSystemEvents();
  const faults: Faults = {};
  const counted = { appends: 0 };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const reads: ReadService = {
    log,
    faults,
    saysCaughtUp: major > 23 || (major === 23 && minor >= 10),
    open: new Set(),
  };
  const server = new Server({
    'grpc.max_receive_message_length': 16 * 1024 * 1024,
    // The number of calls that the real server lets a connection carry.
    'grpc.max_concurrent_streams': 100,
  });
  const passBytes = (message: Buffer | { serializeBinary(): Uint8Array }): Buffer =>
    Buffer.isBuffer(message) ? message : Buffer.from(message.serializeBinary());
  const wire: { current?: Awaited<ReturnType<typeof openWire>> } = {};
  const cut = (): void => wire.current?.cut();
  server.addService(
    {
      read: { ...StreamsService.read, responseSerialize: passBytes },
      batchAppend: StreamsService.batchAppend,
      delete: StreamsService.delete,
      tombstone: StreamsService.tombstone,
    },
    {
      delete: serveDelete(log, log.softDelete, streams.DeleteResp) as never,
      tombstone: serveDelete(log, log.tombstone, streams.TombstoneResp) as never,
      read: serveRead(reads) as never,
      batchAppend: serveBatchAppend({ log, faults, maxAppendBytes, now, cut, counted }) as never,
    },
  );
  server.addService(ServerFeaturesService, {
    getSupportedMethods(_call: unknown, answer: sendUnaryData<SupportedMethods>) {
      const fault = faults.features?.();
      if (fault === 'never answered') return;
      if (fault) answer(fault);
      else answer(null, supportedMethods(version));
    },
  });
  const innerPort = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  wire.current = await openWire(innerPort, options.port ?? 0);
  const { port, freeze, thaw, close } = wire.current;

  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    log,
    faults,
    counted,
    openReads: () => reads.open.size,
    endSubscriptions(error) {
      for (const entry of [...reads.open]) if (entry.isSubscription) entry.end(error);
    },
    cut,
    freeze,
    thaw,
    async stop() {
      await close();
      server.forceShutdown();
    },
  };
}

/**
 * Deletes a stream, ignoring the expected revision. A stream deleted for good cannot be deleted
 * again.
 */
function serveDelete(log: Log, remove: (stream: string) => void, Answer: new () => object) {
  return (call: { readonly request: DeleteReq }, answer: sendUnaryData<object>): void => {
    const name = streamName(call.request.getOptions()?.getStreamIdentifier());
    if (log.isTombstoned(name)) {
      answer(streamDeleted(name));
      return;
    }
    remove(name);
    answer(null, new Answer());
  };
}

function supportedMethods(version: string): SupportedMethods {
  const answer = new serverFeatures.SupportedMethods().setEventStoreServerVersion(version);
  for (const [name, features] of [
    ['read', ['position', 'events']],
    ['append', []],
    ['batchappend', ['deadline_duration']],
  ] as const) {
    const method = new serverFeatures.SupportedMethod();
    method
      .setServiceName('event_store.client.streams.streams')
      .setMethodName(name)
      .setFeaturesList([...features]);
    answer.addMethods(method);
  }
  return answer;
}
