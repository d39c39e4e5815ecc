import { Link, useMatches, useSearch } from '@tanstack/react-router';
import { type CSSProperties, createContext, type ReactNode, useContext } from 'react';
import { BASE_PATH } from '../data/ask.ts';
import type { Address } from '../selection/address.ts';
import { type Changes, carried, changed } from '../selection/selection.ts';

/** Pages without an id in their path. */
export type PagePath =
  | '/'
  | '/journeys'
  | '/customers'
  | '/touchpoints'
  | '/promises'
  | '/drivers'
  | '/definitions'
  | '/system';

interface Shown {
  readonly children?: ReactNode;
  readonly className?: string;
  readonly title?: string | undefined;
  readonly 'aria-label'?: string;
  readonly tabIndex?: number;
  readonly style?: CSSProperties;
}

const Other = createContext<Address | null>(null);

/** Draws its content of this selection, and not of the one in the address of the page. */
export const OfSelection = Other.Provider;

export function useAddress(): Address {
  const own = useSearch({ strict: false }) as Address;
  return useContext(Other) ?? own;
}

/** The selection that goes along from this page to another. */
export function useCarried(): Address {
  const address = useAddress();
  const owned = useMatches({ select: (matches) => matches.at(-1)?.staticData.owns }) ?? [];
  return Object.fromEntries(Object.entries(carried(address)).filter(([name]) => !owned.includes(name)));
}

/** A link to a page with the present selection, and what `with` adds to it or, undefined, takes. */
export function PageLink({ to, with: added, ...rest }: Shown & { to: PagePath; with?: Changes | undefined }) {
  const search = changed(useCarried(), added ?? {});
  return <Link to={to} search={search} activeOptions={{ exact: to === '/', includeSearch: false }} {...rest} />;
}

/** With the customer's id the address stays unique if another customer uses the same journey id. */
export function JourneyLink({ id, customerId, ...rest }: Shown & { id: string; customerId?: string | undefined }) {
  const { customerId: _, ...search } = useCarried();
  return (
    <Link
      to="/journeys/$journeyId"
      params={{ journeyId: id }}
      search={{ ...search, ...(customerId === undefined ? {} : { customerId }) }}
      {...rest}
    >
      {rest.children ?? <bdi>{id}</bdi>}
    </Link>
  );
}

export function CustomerLink({ id, ...rest }: Shown & { id: string }) {
  const search = useCarried();
  return (
    <Link to="/customers/$customerId" params={{ customerId: id }} search={search} {...rest}>
      {rest.children ?? <bdi>{id}</bdi>}
    </Link>
  );
}

/** The API's own page. */
export function DocsLink({ children }: { children?: ReactNode }) {
  return <a href={`${BASE_PATH}/docs`}>{children}</a>;
}
