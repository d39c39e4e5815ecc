import type { Behind } from '../components/figure.tsx';
import { parseAddress } from '../selection/address.ts';

/** The page for the path of the API that an alert names: failing journeys, or moves of a stage. */
export function behindPath(failing: string | null | undefined): Behind | undefined {
  // A service of an earlier version tells none.
  if (failing === null || failing === undefined) return undefined;
  const at = failing.indexOf('?');
  const [path, query] = at < 0 ? [failing, ''] : [failing.slice(0, at), failing.slice(at)];
  const { limit: _, cursor: __, ...asked } = parseAddress(query);
  const whole = { last: asked.from === undefined && asked.to === undefined ? 'all' : undefined };
  if (path === '/v1/journeys') return { to: '/journeys', with: { ...whole, ...asked } };
  if (path === '/v1/trust-changes') return { to: '/customers', with: { ...whole, ...asked, list: 'moves' } };
  return undefined;
}
