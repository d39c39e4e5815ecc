import { isUtf8 } from 'node:buffer';
import { EVENT_BYTES_MAX, PAYLOAD_BYTES_KEPT } from '../event-limits.ts';
import type { Rejection } from '../port.ts';

/** What was sent, for keeping: as text, and in Base64 too where the text alone would not give the bytes back. */
export type Payload = Pick<Rejection, 'payload' | 'payloadBase64'>;

/** Of more than an event may have only the beginning. */
export function keptPayload(bytes: Buffer): Payload {
  if (bytes.length > EVENT_BYTES_MAX) return { payload: withoutZeros(bytes.toString('utf8', 0, PAYLOAD_BYTES_KEPT)) };
  const payload = bytes.toString('utf8');
  const isWhole = isUtf8(bytes) && !bytes.includes(0);
  return isWhole ? { payload } : { payload: withoutZeros(payload), payloadBase64: bytes.toString('base64') };
}

/** A zero byte ends a text for some programs. */
function withoutZeros(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
