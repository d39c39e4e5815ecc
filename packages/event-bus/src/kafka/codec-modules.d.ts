/** Two libraries without types of their own; only what codecs.ts calls. */
declare module 'lz4js' {
  const lz4: {
    /** The most that a frame may unpack to, by what it says itself. */
    decompressBound(bytes: Uint8Array): number;
    decompress(bytes: Uint8Array, maxSize: number): Uint8Array | number[];
  };
  export default lz4;
}

declare module 'snappyjs' {
  const snappy: {
    compress(bytes: Buffer): Buffer;
    /** Throws beyond `maxLength` bytes, before anything is allocated. */
    uncompress(bytes: Buffer, maxLength: number): Buffer;
  };
  export default snappy;
}
