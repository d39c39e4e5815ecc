/**
 * A growing buffer that copies the pieces into one block, so that a piece costs its bytes only,
 * however small it is.
 */
export interface GrowingBytes {
  /** Adds a piece. If `onGrowth` throws, this throws the same, and the buffer is unchanged. */
  add(piece: Uint8Array): void;
  /** Returns the bytes so far and starts again empty. */
  take(): Buffer;
  readonly length: number;
  /** Bytes of memory allocated. */
  readonly allocated: number;
}

/** Initial size of a buffer whose final length is unknown. */
const FIRST_BYTES = 16 * 1024;

/**
 * `bytesMax`: upper limit of the total, up to which the buffer doubles. `onGrowth` is called with
 * the size of each new allocation, before it is made.
 */
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
