import { type EventStoreDbFailure, failureOf, within } from '../failure.ts';
import type { WireMessage, WireRead } from '../wire.ts';

/** A gRPC call that receives messages: a readable stream of objects. */
interface MessageCall {
  read(): unknown;
  on(event: 'readable' | 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  cancel(): void;
}

/**
 * Returns messages one at a time, on request, in the order they arrived. It reads no further ahead
 * than the stream's own buffer, so a busy reader applies back-pressure to the server.
 */
export function pullMessages<Response>(
  call: MessageCall,
  decode: (response: Response) => WireMessage | undefined,
): WireRead {
  let failure: EventStoreDbFailure | undefined;
  let ended = false;
  let wake = (): void => {};
  call.on('readable', () => wake());
  call.on('end', () => {
    ended = true;
    wake();
  });
  call.on('error', (error) => {
    failure ??= failureOf(error);
    wake();
  });
  return {
    async next(ms) {
      for (;;) {
        const response = call.read() as Response | null;
        const message = response === null ? undefined : decode(response);
        if (message) return message;
        if (response !== null) continue;
        if (failure) throw failure;
        if (ended) return undefined;
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await within(ms, woken, 'read');
      }
    },
    cancel: () => call.cancel(),
  };
}

interface Uuid {
  getString(): string;
  getStructured(): { getMostSignificantBits(): string; getLeastSignificantBits(): string } | undefined;
}

/** Text of a UUID; the server may send its two halves instead. */
export function uuidText(value: Uuid | undefined): string {
  const halves = value?.getStructured();
  if (!halves) return value?.getString().toLowerCase() ?? '';
  const half = (bits: string): string => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(halves.getMostSignificantBits()) + half(halves.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Decodes UTF-8 without copying the bytes first. */
export function text(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : '';
}
