import { createHash } from 'node:crypto';
import type { Exception } from '@opentelemetry/api';

/** How spans tell of ids of customers, journeys and events, and of errors, whose messages may name them. */
export interface SpanIds {
  shown(id: string): string;
  /** The path of a request, by its route and the values that stand in it. */
  path(url: string, route: string, parameters: unknown): string;
  exception(error: Error): Exception & { readonly message: string };
}

/** As they are. */
export const plainIds: SpanIds = {
  shown: (id) => id,
  path: (url) => url.split('?')[0]!,
  exception: (error) => error,
};

/**
 * As the first 16 hexadecimal digits of their SHA-256: the same id is the same everywhere, and whoever knows one finds its spans. An error is told by its
 * code alone; the log has its message, with the id of the trace.
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
