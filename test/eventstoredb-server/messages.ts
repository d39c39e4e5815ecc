import { randomUUID } from 'node:crypto';
import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Metadata, status } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empties from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Appended, LogRecord, ProposedEvent } from './log.ts';

/** Converts the protocol's messages from plain values and back. */

export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
  constructor(code: status, message: string, trailers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.details = message;
    this.metadata = new Metadata();
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, value);
  }
}

export const unavailable = (): RpcError => new RpcError(status.UNAVAILABLE, 'the server is shutting down');

export const tooSlow = (): RpcError =>
  new RpcError(
    status.ABORTED,
    'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.',
  );

export const accessDenied = (): RpcError =>
  new RpcError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

export function notLeader(port: number): RpcError {
  const leader = { 'leader-endpoint-host': '127.0.0.1', 'leader-endpoint-port': String(port) };
  return new RpcError(status.NOT_FOUND, 'Leader info available', { exception: 'not-leader', ...leader });
}

export function streamDeleted(stream: string): RpcError {
  const trailers = { exception: 'stream-deleted', 'stream-name': stream };
  return new RpcError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, trailers);
}

export function streamName(identifier: { getStreamName_asU8(): Uint8Array } | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
}

export function streamIdentifier(name: string) {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(name, 'utf8'));
}

export function uuidText(value: UUID | undefined): string {
  return value?.getString() || randomUUID();
}

interface ProposedMessage {
  getId(): UUID | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getData_asU8(): Uint8Array;
  getCustomMetadata_asU8(): Uint8Array;
}

export function proposedEvent(message: ProposedMessage): ProposedEvent {
  const type = message.getMetadataMap().get('type');
  const contentType = message.getMetadataMap().get('content-type');
  if (type === undefined || contentType === undefined) {
    const trailers = { exception: 'missing-required-metadata-property' };
    throw new RpcError(status.INVALID_ARGUMENT, 'Required metadata property is missing', trailers);
  }
  return {
    eventId: uuidText(message.getId()),
    type,
    isJson: contentType === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

/** Bytes that the server compares with its size limit. */
export function appendSize(events: readonly ProposedEvent[]): number {
  return events.reduce((sum, { data, metadata, type }) => sum + data.length + metadata.length + 2 * type.length, 0);
}

export function batchAnswer(
  correlation: UUID,
  stream: string,
  appended: Appended | 'tooLarge' | 'timeout',
  expected: unknown,
  max: number,
) {
  const answer = new streams.BatchAppendResp();
  answer.setCorrelationId(correlation);
  answer.setStreamIdentifier(streamIdentifier(stream));
  if (typeof appended === 'object' && appended.kind === 'done') {
    const success = new streams.BatchAppendResp.Success();
    success.setCurrentRevision(String(appended.revision));
    const position = new shared.AllStreamPosition();
    success.setPosition(
      position.setCommitPosition(String(appended.position)).setPreparePosition(String(appended.position)),
    );
    return answer.setSuccess(success);
  }
  return answer.setError(appendError(appended, stream, expected, max));
}

function appendError(
  appended: Exclude<Appended, { kind: 'done' }> | 'tooLarge' | 'timeout',
  stream: string,
  expected: unknown,
  max: number,
) {
  if (appended === 'timeout') return details(4, 'Timeout', new shared.Timeout());
  if (appended === 'tooLarge') {
    const message = new shared.MaximumAppendSizeExceeded();
    message.setMaxappendsize(max);
    return details(3, 'MaximumAppendSizeExceeded', message);
  }
  if (appended.kind === 'deleted') {
    return details(5, 'StreamDeleted', new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)));
  }
  const message = new shared.WrongExpectedVersion();
  if (appended.current >= 0) message.setCurrentStreamRevision(String(appended.current));
  else message.setCurrentNoStream(new empties.Empty());
  if (expected === 'any') message.setExpectedAny(new empties.Empty());
  else if (expected === 'exists') message.setExpectedStreamExists(new empties.Empty());
  else if (expected === -1) message.setExpectedNoStream(new empties.Empty());
  else message.setExpectedStreamPosition(String(expected));
  return details(6, 'WrongExpectedVersion', message);
}

function details(code: number, name: string, message: { serializeBinary(): Uint8Array }): Status {
  const packed = new any.Any();
  packed.pack(message.serializeBinary(), `event_store.client.${name}`);
  return new statuses.Status().setCode(code).setMessage(name).setDetails(packed);
}

const encoded = new WeakMap<LogRecord, Buffer>();

/** An event for readers as bytes, encoded once for all of them. */
export function eventBytes(record: LogRecord): Buffer {
  const known = encoded.get(record);
  if (known) return known;
  const event = new streams.ReadResp.ReadEvent.RecordedEvent();
  event.setId(new shared.UUID().setString(record.eventId));
  event.setStreamIdentifier(streamIdentifier(record.stream));
  event.setStreamRevision(String(record.revision));
  event.setCommitPosition(String(record.position)).setPreparePosition(String(record.position));
  const metadata = event.getMetadataMap();
  metadata.set('type', record.type);
  metadata.set('created', `${record.createdAt}0000`);
  metadata.set('content-type', record.isJson ? 'application/json' : 'application/octet-stream');
  event.setData(record.data).setCustomMetadata(record.metadata);
  const read = new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(String(record.position));
  const bytes = Buffer.from(new streams.ReadResp().setEvent(read).serializeBinary());
  encoded.set(record, bytes);
  return bytes;
}

export function confirmation(): ReadResp {
  const confirmed = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  return new streams.ReadResp().setConfirmation(confirmed);
}

export function caughtUp(): ReadResp {
  return new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());
}

export function checkpoint(position: bigint | number): ReadResp {
  const at = new streams.ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position));
  return new streams.ReadResp().setCheckpoint(at);
}

export function streamNotFound(name: string): ReadResp {
  return new streams.ReadResp().setStreamNotFound(
    new streams.ReadResp.StreamNotFound().setStreamIdentifier(streamIdentifier(name)),
  );
}

export function filterOf(options: ReadReq.Options): (record: LogRecord) => boolean {
  const filter = options.getFilter();
  if (!filter) return () => true;
  const byType = filter.hasEventType();
  const expression = byType ? filter.getEventType() : filter.getStreamIdentifier();
  const prefixes = expression?.getPrefixList() ?? [];
  const regex = expression?.getRegex() ? new RegExp(expression.getRegex()) : undefined;
  return (record) => {
    const value = byType ? record.type : record.stream;
    return regex ? regex.test(value) : prefixes.some((prefix) => value.startsWith(prefix));
  };
}
