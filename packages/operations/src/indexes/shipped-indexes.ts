import type { IndexNode } from '@touchstone/api';
import { raterDimensions } from '@touchstone/api/vocabulary';
import type { IndexVersion } from './indexes-ledger.ts';

const ratings = (prefix: string): IndexNode[] =>
  raterDimensions.map((name) => ({ id: `${prefix}${name}`, measure: `rating.${name}` as const }));

/**
 * The six variables of satisfaction indexes such as the ACSI. Perceived value is the mean of the
 * five ratings, where surveys have nothing better.
 */
const sixVariables: IndexNode = {
  id: 'index',
  title: 'Satisfaction index',
  children: [
    { id: 'expectation', title: 'Expectation', measure: 'expectation' },
    { id: 'quality', title: 'Perceived quality', measure: 'perception' },
    { id: 'value', title: 'Perceived value', children: ratings('value-') },
    {
      id: 'satisfaction',
      title: 'Satisfaction',
      weight: 2,
      children: [
        { id: 'csat', title: 'As asked', measure: 'csat' },
        { id: 'moments', title: 'As measured', measure: 'moment-score' },
      ],
    },
    {
      id: 'complaints',
      title: 'Complaints',
      children: [
        { id: 'answered', title: 'Answered within a day', measure: 'answered-within' },
        { id: 'first-contact', title: 'Resolved at first contact', measure: 'first-contact' },
        { id: 'followed-up', title: 'Followed up', measure: 'followed-up' },
      ],
    },
    {
      id: 'loyalty',
      title: 'Loyalty',
      children: [
        { id: 'repeat', title: 'Buy again', measure: 'repeat-purchase' },
        { id: 'nps', title: 'Recommend', measure: 'nps' },
      ],
    },
  ],
};

const rater: IndexNode = { id: 'rater', title: 'Quality (RATER)', children: ratings('') };

/** Measures of what customers and the company did, so that no survey is needed. */
const behaviour: IndexNode = {
  id: 'behaviour',
  title: 'From behaviour alone',
  children: [
    { id: 'success', title: 'Moments that succeed', weight: 2, measure: 'success' },
    { id: 'journeys', title: 'Scores of journeys', weight: 2, measure: 'journey-score' },
    { id: 'promises', title: 'Promises kept', measure: 'promise-keeping' },
    { id: 'conformance', title: 'Journeys as intended', measure: 'conformance' },
    {
      id: 'complaints',
      title: 'Complaints',
      children: [
        { id: 'answered', title: 'Answered within a day', measure: 'answered-within' },
        { id: 'followed-up', title: 'Followed up', measure: 'followed-up' },
      ],
    },
    { id: 'repeat', title: 'Customers who buy again', measure: 'repeat-purchase' },
  ],
};

/** The indexes that everybody has; putting one with the same name takes its place. */
export const shippedIndexes: readonly IndexVersion[] = Object.entries({
  'six-variables': sixVariables,
  rater,
  behaviour,
}).map(([name, tree]) => ({ name, version: null, putAt: null, tree }));
