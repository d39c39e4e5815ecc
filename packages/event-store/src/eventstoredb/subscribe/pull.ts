import { type EventStoreDbFailure, failureOf, within } from '../failure.ts';
import type { WireMessage, WireRead } from '../wire.ts';

/** What a gRPC call that sends messages to us looks like: a readable stream of objects. */
interface MessageCall {
  read(): unknown;
  on(event: 'readable' | 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  cancel(): void;
}

/**
 * Messages one at a time, as they are asked for, in the order they came. Nothing is read ahead of the reader but what the stream itself
 * buffers, so that a reader that is busy stops the server.
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

/** The server may answer with the two halves of a UUID instead of its text. */
export function uuidText(value: Uuid | undefined): string {
  const halves = value?.getStructured();
  if (!halves) return value?.getString().toLowerCase() ?? '';
  const half = (bits: string): string => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(halves.getMostSignificantBits()) + half(halves.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Bytes of UTF-8 as text, without copying them first. */
export function text(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : '';
}
