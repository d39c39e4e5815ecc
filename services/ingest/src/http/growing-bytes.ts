/** Bytes that arrive in pieces, copied together: what is kept of a piece is its bytes, however small it is. */
export interface GrowingBytes {
  /** Throws what `onGrowth` throws, and is then as it was. */
  add(piece: Uint8Array): void;
  /** What has come so far, and begins anew. */
  take(): Buffer;
  readonly length: number;
  /** Bytes of memory that it takes. */
  readonly allocated: number;
}

/** What a buffer begins with where nobody says how much will come. */
const FIRST_BYTES = 16 * 1024;

/** `bytesMax`: the most that will come; up to there the buffer doubles. `onGrowth` is told the bytes that will be allocated, before they are. */
export function growingBytes(bytesMax: number, onGrowth?: (allocated: number) => void): GrowingBytes {
  let buffer = Buffer.alloc(0);
  let length = 0;
  const grow = (needed: number) => {
    const capacity = Math.max(needed, Math.min(bytesMax, Math.max(2 * buffer.length, FIRST_BYTES)));
    onGrowth?.(capacity);
    const grown = Buffer.allocUnsafe(capacity);
    buffer.copy(grown, 0, 0, length);
    buffer = grown;
  };
  return {
    add(piece) {
      if (length + piece.length > buffer.length) grow(length + piece.length);
      buffer.set(piece, length);
      length += piece.length;
    },
    take() {
      const taken = buffer.subarray(0, length);
      buffer = Buffer.alloc(0);
      length = 0;
      return taken;
    },
    get length() {
      return length;
    },
    get allocated() {
      return buffer.length;
    },
  };
}
