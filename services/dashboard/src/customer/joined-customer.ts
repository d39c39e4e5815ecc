import type { Customer } from '@touchstone/api';

/**
 * The latest answer about the customer with the lists of all pages. The lengths of the lists are
 * those at the time when the pages were requested.
 */
export function joinedCustomer(latest: Customer, pages: readonly Customer[]): Customer {
  return {
    ...latest,
    history: pages.flatMap(({ history }) => history),
    journeys: pages.flatMap(({ journeys }) => journeys),
    total: pages[0]!.total,
  };
}
