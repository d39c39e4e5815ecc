/** Types of two libraries that ship none; only the functions that codecs.ts calls. */
declare module 'lz4js' {
  const lz4: {
    /** Upper bound of the unpacked size in bytes, as the frame declares it. */
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
