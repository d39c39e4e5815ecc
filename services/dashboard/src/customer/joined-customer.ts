import type { Customer } from '../answers.ts';

/** The latest of the customer with the lists of all pages, and how long those were when their pages were asked for. */
export function joinedCustomer(latest: Customer, pages: readonly Customer[]): Customer {
  return {
    ...latest,
    history: pages.flatMap(({ history }) => history),
    journeys: pages.flatMap(({ journeys }) => journeys),
    total: pages[0]!.total,
  };
}
