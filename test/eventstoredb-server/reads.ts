import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Faults } from './faults.ts';
import type { Log, LogRecord } from './log.ts';
import {
  caughtUp,
  checkpoint,
  confirmation,
  eventBytes,
  filterOf,
  notLeader,
  RpcError,
  streamDeleted,
  streamName,
  streamNotFound,
} from './messages.ts';

type ReadCall = ServerWritableStream<ReadReq, ReadResp | Buffer>;

export interface ReadService {
  readonly log: Log;
  readonly faults: Faults;
  readonly saysCaughtUp: boolean;
  /** Open calls; a call that its client abandoned stays here. */
  readonly open: Set<{ readonly call: ReadCall; readonly isSubscription: boolean; end(error?: RpcError): void }>;
}

/** Sends to one reader no faster than that reads. */
interface Outlet {
  readonly isClosed: boolean;
  /** Resolves `false` when the reader has gone. */
  send(message: ReadResp | Buffer): Promise<boolean>;
  /** Resolves when the log has grown or the reader has gone. */
  growth(log: Log): Promise<void>;
  close(): void;
}

/** `Streams/Read`: reads and subscriptions, of one stream or of the whole log. */
export function serveRead(service: ReadService): (call: ReadCall) => void {
  return (call) => {
    const options = call.request.getOptions()!;
    const isSubscription = options.hasSubscription();
    const outlet = openOutlet(call);
    const entry = {
      call,
      isSubscription,
      end(error?: RpcError) {
        if (error) call.emit('error', error);
        else call.end();
        outlet.close();
      },
    };
    service.open.add(entry);
    call.once('close', () => service.open.delete(entry));
    call.once('cancelled', () => service.open.delete(entry));
    read(service, options, outlet)
      .then((ended) => {
        if (ended && !outlet.isClosed) entry.end();
      })
      .catch((error: unknown) => {
        if (!outlet.isClosed) entry.end(error instanceof RpcError ? error : new RpcError(13, String(error)));
      })
      .finally(() => {
        if (outlet.isClosed) service.open.delete(entry);
      });
  };
}

/** Resolves `false` when the call is to stay open, unanswered. */
async function read(service: ReadService, options: ReadReq.Options, outlet: Outlet): Promise<boolean> {
  const { faults, log } = service;
  if (faults.leaderPort !== undefined) throw notLeader(faults.leaderPort);
  const stream = options.hasStream() ? streamName(options.getStream()!.getStreamIdentifier()) : undefined;
  const isSubscription = options.hasSubscription();
  const fault = faults.read?.({ stream, isSubscription });
  if (fault instanceof RpcError) throw fault;
  if (fault === 'never answered') return false;
  if (fault === 'ended') return true;
  if (isSubscription) await subscribe(service, options, outlet);
  else if (stream !== undefined) await readStream(log, stream, options, outlet);
  else await readAll(log, options, outlet);
  return true;
}

async function readStream(log: Log, name: string, options: ReadReq.Options, outlet: Outlet): Promise<void> {
  if (log.isTombstoned(name)) throw streamDeleted(name);
  const records = log.visible(name);
  if (log.last(name) < 0 || log.isDeleted(name)) {
    await outlet.send(streamNotFound(name));
    return;
  }
  const from = options.getStream()!;
  const isBackwards = options.getReadDirection() === 1;
  const revision = from.hasStart() ? 0 : from.hasEnd() ? log.last(name) : Number(from.getRevision());
  const chosen = isBackwards
    ? records.filter((record) => record.revision <= revision).reverse()
    : records.slice(Math.max(0, revision - (records[0]?.revision ?? 0)));
  await sendAll(chosen, Number(options.getCount()), outlet);
}

/** Reads forwards from the position on, backwards from before it. */
async function readAll(log: Log, options: ReadReq.Options, outlet: Outlet): Promise<void> {
  const from = options.getAll()!;
  const at = from.getPosition() ? log.seek(Number(from.getPosition()!.getCommitPosition())) : undefined;
  const accepts = filterOf(options);
  let left = Number(options.getCount());
  const step = options.getReadDirection() === 1 ? -1 : 1;
  const first = at ?? (from.hasStart() ? 0 : log.records.length);
  for (let index = step < 0 ? first - 1 : first; left > 0; index += step) {
    const record = log.records[index];
    if (!record) return;
    if (!accepts(record) || log.isScavenged(record)) continue;
    left -= 1;
    if (!(await outlet.send(eventBytes(record)))) return;
  }
}

async function sendAll(records: readonly LogRecord[], count: number, outlet: Outlet): Promise<void> {
  for (const record of records.slice(0, count)) {
    if (!(await outlet.send(eventBytes(record)))) return;
  }
}

/**
 * Subscribes to the whole log, starting after the given position; checkpoints report how far a
 * filter has looked. Subscriptions to one stream are not supported, because nothing here uses them.
 */
async function subscribe(service: ReadService, options: ReadReq.Options, outlet: Outlet): Promise<void> {
  const { log, faults } = service;
  const from = options.getAll();
  if (!from) throw new RpcError(12, 'this server lets the whole log be subscribed to, not one stream');
  const filter = options.getFilter();
  const accepts = filterOf(options);
  const every = filter
    ? filter.getCheckpointintervalmultiplier() * (filter.hasMax() ? filter.getMax() : 32)
    : Number.POSITIVE_INFINITY;
  const position = from.getPosition();
  let index = from.hasStart() ? 0 : position ? log.seek(Number(position.getCommitPosition()) + 1) : log.records.length;
  let considered = 0;
  let isLive = false;
  await outlet.send(confirmation());
  while (!outlet.isClosed) {
    const record = faults.subscriptionsSilent ? undefined : log.records[index];
    if (!record) {
      if (!isLive && !faults.subscriptionsSilent) {
        isLive = true;
        if (filter && index > 0) await outlet.send(checkpoint(log.records[index - 1]!.position));
        if (service.saysCaughtUp) await outlet.send(caughtUp());
        if (faults.oddCheckpoint !== undefined) await outlet.send(checkpoint(faults.oddCheckpoint));
      }
      await outlet.growth(log);
      continue;
    }
    index += 1;
    considered += 1;
    if (accepts(record) && !log.isScavenged(record)) await outlet.send(eventBytes(record));
    if (considered % every === 0) await outlet.send(checkpoint(record.position));
  }
}

function openOutlet(call: ReadCall): Outlet {
  let isClosed = false;
  const wakers = new Set<() => void>();
  const close = (): void => {
    isClosed = true;
    for (const wake of [...wakers]) wake();
  };
  call.on('cancelled', close);
  call.on('close', close);
  call.on('error', close);
  const wait = async (listen: (wake: () => void) => () => void): Promise<void> => {
    let stop = (): void => {};
    await new Promise<void>((resolve) => {
      wakers.add(resolve);
      stop = listen(resolve);
    });
    stop();
    wakers.clear();
  };
  return {
    get isClosed() {
      return isClosed;
    },
    close,
    async send(message) {
      if (isClosed) return false;
      if (call.write(message)) return true;
      await wait((wake) => {
        call.once('drain', wake);
        return () => call.off('drain', wake);
      });
      return !isClosed;
    },
    async growth(log) {
      if (!isClosed) await wait((wake) => log.watch(wake));
    },
  };
}
