export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'journey'; readonly id: string }
  | { readonly page: 'customer'; readonly id: string }
  | { readonly page: 'nowhere' };

/**
 * The page for a path of the address bar. Ids are percent-encoded in it and may hold any character,
 * even a slash.
 */
export function routeOf(pathname: string): Route {
  if (pathname === '/' || pathname === '/index.html') return { page: 'overview' };
  const match = /^\/(journeys|customers)\/([^/]+)\/?$/.exec(pathname);
  if (match === null) return { page: 'nowhere' };
  const id = decoded(match[2] ?? '');
  if (id === null) return { page: 'nowhere' };
  return { page: match[1] === 'journeys' ? 'journey' : 'customer', id };
}

/** With the customer's id the address stays unique if another customer uses the same journey id. */
export function journeyPath(id: string, customerId?: string): string {
  const path = `/journeys/${encodeURIComponent(id)}`;
  return customerId === undefined ? path : `${path}?customerId=${encodeURIComponent(customerId)}`;
}

export function customerPath(id: string): string {
  return `/customers/${encodeURIComponent(id)}`;
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
