import { createHash } from 'node:crypto';
import type { Exception } from '@opentelemetry/api';

/**
 * How spans show the ids of customers, journeys and events, and errors, whose messages may contain
 * ids.
 */
export interface SpanIds {
  shown(id: string): string;
  /** The request path, built from the route and its parameter values. */
  path(url: string, route: string, parameters: unknown): string;
  exception(error: Error): Exception & { readonly message: string };
}

/** Shows ids in plain text. */
export const plainIds: SpanIds = {
  shown: (id) => id,
  path: (url) => url.split('?')[0]!,
  exception: (error) => error,
};

/**
 * Shows the first 16 hexadecimal digits of an id's SHA-256: equal ids stay equal, so anyone who
 * knows an id finds its spans. Errors show only their code; the log has the message with the trace
 * id.
 */
export const hashedIds: SpanIds = {
  shown,
  path: (_url, route, parameters) =>
    route.replaceAll(/:(\w+)/g, (_, name: string) => shown(String((parameters as Record<string, unknown>)[name]))),
  exception: (error) => {
    const { code } = error as { readonly code?: unknown };
    return { name: error.name, message: typeof code === 'string' ? code : error.name };
  },
};

function shown(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 16);
}
