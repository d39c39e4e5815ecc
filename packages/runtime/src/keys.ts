import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Scope, scopes } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { readJson } from './read-json.ts';

export { type Scope, scopes };

const keySchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[\w.-]+$/, 'must be letters, digits, dots, dashes and underscores'),
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hex digits'),
  scopes: z.array(z.enum(scopes)).min(1),
  /** If present, the key may publish only events of these sources. */
  sources: z.array(z.string().min(1).max(256)).min(1).optional(),
});
const keyFileSchema = z
  .array(keySchema)
  .min(1)
  .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length, 'two keys have one name');

/**
 * An entry of the key file; it holds the hash of the key, and only the owner has the key itself.
 */
export type Key = z.infer<typeof keySchema>;

/** The currently valid keys. */
export interface Keys {
  /** The key in an `Authorization` header; undefined if none matches. */
  find(authorization: string): Key | undefined;
  named(name: string): Key | undefined;
  all(): readonly Key[];
  /** Reads the file again. Throws and keeps the current keys if the file is invalid. */
  reload(): void;
  /** Calls the listener after each reload, until the function that it returns is called. */
  onReload(listener: () => void): () => void;
}

/** Reads a key file. Throws an error that names the file and its mistakes. */
export function readKeys(file: string): Keys {
  let keys = load(file);
  const listeners = new Set<() => void>();
  return {
    find: (authorization) => {
      const token = /^Bearer +([\x21-\x7e]{1,512}) *$/i.exec(authorization)?.[1];
      if (token === undefined) return undefined;
      const digest = createHash('sha256').update(token).digest();
      // Compares all keys, so that the response time reveals nothing.
      let found: Key | undefined;
      for (const { key, hash } of keys) if (timingSafeEqual(hash, digest)) found = key;
      return found;
    },
    named: (name) => keys.find(({ key }) => key.name === name)?.key,
    all: () => keys.map(({ key }) => key),
    reload: () => {
      keys = load(file);
      for (const listener of listeners) listener();
    },
    onReload: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function load(file: string): { readonly key: Key; readonly hash: Buffer }[] {
  let json: unknown;
  try {
    json = readJson(file);
  } catch (error) {
    throw new Error(`The file of keys ${(error as Error).message}`, { cause: error });
  }
  const parsed = keyFileSchema.safeParse(json);
  if (!parsed.success)
    throw new Error(`The file of keys ${file} is not as it must be:\n${z.prettifyError(parsed.error)}`);
  return parsed.data.map((key) => ({ key, hash: Buffer.from(key.hash.slice('sha256:'.length), 'hex') }));
}

/**
 * The current entry of a key found earlier; undefined if it was removed or its secret replaced
 * since.
 */
export function keyNow(keys: Keys | undefined, { name, hash }: Key): Key | undefined {
  const key = keys?.named(name);
  return key?.hash === hash ? key : undefined;
}

export function mayDo(key: Key, scope: Scope): boolean {
  return key.scopes.includes(scope) || key.scopes.includes('admin');
}

export function mayPublishFrom(key: Key | undefined, source: string): boolean {
  return key?.sources === undefined || key.sources.includes(source);
}

/**
 * Creates a key: `secret` goes to its owner and is never stored, `entry` goes into the key file.
 */
export function createKey(options: Omit<Key, 'hash'>): { readonly secret: string; readonly entry: Key } {
  const secret = `tsk_${randomBytes(32).toString('base64url')}`;
  const hash = `sha256:${createHash('sha256').update(secret).digest('hex')}`;
  return { secret, entry: keySchema.parse({ ...options, hash }) };
}
