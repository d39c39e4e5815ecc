import { z } from 'zod';
import type { Call, Endpoint } from './endpoint.ts';

/** The path and query of a call. The endpoint's codecs encode parameters that are not text. */
export function addressOf<E extends Endpoint>(endpoint: E, call: Call<E>): string {
  const { params = {}, query = {} } = call as { readonly params?: Given; readonly query?: Given };
  const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(textOf(endpoint.params!, name, params[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    const encoded = typeof value === 'object' ? encodedAs(endpoint.query, name, value) : undefined;
    const parts = typeof encoded === 'object' && encoded !== null ? Object.entries(encoded) : undefined;
    for (const [key, text] of parts ?? [[name, textOf(endpoint.query, name, value)]]) search.set(key, String(text));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

type Given = Readonly<Record<string, unknown>>;

function textOf(schema: z.ZodObject, name: string, value: unknown): string {
  return String(typeof value === 'string' ? value : encodedAs(schema, name, value));
}

function encodedAs({ shape }: z.ZodObject, name: string, value: unknown): unknown {
  const field = shape[name];
  return field === undefined ? value : z.encode(field as z.ZodType, value);
}
