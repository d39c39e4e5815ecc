import { isUtf8 } from 'node:buffer';
import { EVENT_BYTES_MAX, PAYLOAD_BYTES_KEPT } from '../event-limits.ts';
import type { Rejection } from '../port.ts';

/** An input as it is kept: as text, and also in Base64 if the text does not give the bytes back. */
export type Payload = Pick<Rejection, 'payload' | 'payloadBase64'>;

/** Keeps only the beginning of an input that is larger than an event may be. */
export function keptPayload(bytes: Buffer): Payload {
  if (bytes.length > EVENT_BYTES_MAX) return { payload: withoutZeros(bytes.toString('utf8', 0, PAYLOAD_BYTES_KEPT)) };
  const payload = bytes.toString('utf8');
  const isWhole = isUtf8(bytes) && !bytes.includes(0);
  return isWhole ? { payload } : { payload: withoutZeros(payload), payloadBase64: bytes.toString('base64') };
}

/** Replaces zero bytes, which end a text for some programs. */
function withoutZeros(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
