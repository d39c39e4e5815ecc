import type { Address } from './address.ts';
import { type Taken, wholeWhere } from './selection.ts';

/** The filters that the questions of rooms take, where their parts take different ones. */

const ofMoments: Taken = ['type', 'touchpoint', 'channel', 'team', 'site', 'period'];

export function takenByTouchpoints({ view }: Address): Taken {
  if (view === 'live') return ['type', 'touchpoint', 'channel', 'team', 'customerId'];
  if (view === 'objectives') return ['period'];
  return view === 'alerts' ? ['period'] : ofMoments;
}

export function takenByPromises({ view }: Address): Taken {
  switch (view) {
    case 'keeping':
    case 'answering':
      return ['period'];
    case 'recovery':
      return ['type', 'period'];
    case 'complaints':
      return ['customerId', 'type', 'touchpoint', 'channel', 'team', 'site', 'period'];
    default:
      return ['customerId', 'type', 'touchpoint', 'team', 'site', 'period'];
  }
}

export function takenByDrivers({ view }: Address): Taken {
  switch (view) {
    case 'rater':
    case 'index':
      return ['period'];
    case 'gaps':
    case 'benchmarks':
      return ['type', 'period'];
    default:
      return wholeWhere;
  }
}

export function takenByCustomers({ list = 'all' }: Address): Taken {
  if (['retention', 'stays', 'cohort', 'members', 'tiers', 'silent'].includes(list)) return [];
  return list === 'stages' || list === 'moves' ? ['period'] : ['stage', 'period'];
}
