/** Orders texts by their UTF-8 bytes, like the engine. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
