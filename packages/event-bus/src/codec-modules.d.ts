/** Two libraries without types of their own; only what codecs.ts calls. */
declare module 'lz4js' {
  const lz4: {
    decompress(bytes: Uint8Array): Uint8Array | number[];
  };
  export default lz4;
}

declare module 'snappyjs' {
  const snappy: { compress(bytes: Buffer): Buffer; uncompress(bytes: Buffer): Buffer };
  export default snappy;
}
