import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { BrokenPage } from '../components/states.tsx';
import { BASE_PATH } from '../data/ask.ts';
import { behindNames } from '../journeys/behind-names.ts';
import { OverviewPage } from '../overview/overview-page.tsx';
import { type Address, parseAddress, writeAddress } from '../selection/address.ts';
import { type Taken, wholeWhere } from '../selection/selection.ts';
import { takenByCustomers, takenByDrivers, takenByPromises, takenByTouchpoints } from '../selection/taken.ts';
import { Frame } from './frame.tsx';
import { Nowhere } from './nowhere.tsx';

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** Filters that the questions of the page take; without it the page shows no selection. */
    readonly takes?: Taken | ((address: Address) => Taken);
    /** Names of the address that mean the page itself, and do not go along to another. */
    readonly owns?: readonly string[];
  }
}

const root = createRootRoute({
  component: Frame,
  notFoundComponent: Nowhere,
  validateSearch: (search) => search as Address,
});
const at = { getParentRoute: () => root } as const;

const overview = createRoute({
  ...at,
  path: '/',
  component: OverviewPage,
  staticData: { takes: ['period', 'compare'] },
});
const index = createRoute({
  ...at,
  path: '/index.html',
  beforeLoad: () => {
    throw redirect({ to: '/', replace: true });
  },
});
/** Names that the views of journeys keep in the address, beside the selection. */
const journeysNames = [
  ...['view', 'against', 'sort', 'columns', 'steps', 'within', 'order', 'exclude', 'by', 'shape', 'nodes', 'measure'],
  ...['ways', 'activity', 'collapse', 'begin', 'end', 'includeOpen', ...behindNames],
];

const journeys = createRoute({
  ...at,
  path: '/journeys',
  component: lazyRouteComponent(() => import('../journeys/journeys-page.tsx'), 'JourneysPage'),
  staticData: { takes: wholeWhere, owns: journeysNames },
});
const journey = createRoute({
  ...at,
  path: '/journeys/$journeyId',
  component: lazyRouteComponent(() => import('../journey/journey-page.tsx'), 'JourneyPage'),
  staticData: { owns: ['customerId', 'asOf'] },
});
const customers = createRoute({
  ...at,
  path: '/customers',
  component: lazyRouteComponent(() => import('../lists/customers-page.tsx'), 'CustomersPage'),
  staticData: {
    takes: takenByCustomers,
    owns: [
      ...['list', 'reason', 'marks', 'tier', 'because', 'direction', 'risk', 'sort'],
      ...['fromStage', 'toStage', 'cohort', 'event', 'start', 'k', 'at', 'inStage'],
    ],
  },
});
const customer = createRoute({
  ...at,
  path: '/customers/$customerId',
  component: lazyRouteComponent(() => import('../customer/customer-page.tsx'), 'CustomerPage'),
});
const touchpoints = createRoute({
  ...at,
  path: '/touchpoints',
  component: lazyRouteComponent(() => import('../touchpoints/touchpoints-page.tsx'), 'TouchpointsPage'),
  staticData: {
    takes: takenByTouchpoints,
    owns: ['view', 'edit', 'name', 'failed', 'scored', 'outcome', 'state', 'at', 'eventType', 'instrument'],
  },
});
const promises = createRoute({
  ...at,
  path: '/promises',
  component: lazyRouteComponent(() => import('../promises/promises-page.tsx'), 'PromisesPage'),
  staticData: {
    takes: takenByPromises,
    owns: ['view', 'list', 'by', 'expected', 'state', 'what', 'severity', 'answered'],
  },
});
const drivers = createRoute({
  ...at,
  path: '/drivers',
  component: lazyRouteComponent(() => import('../drivers/drivers-page.tsx'), 'DriversPage'),
  staticData: { takes: takenByDrivers, owns: ['view', 'outcome', 'unit', 'by', 'measure', 'index'] },
});
const definitions = createRoute({
  ...at,
  path: '/definitions',
  component: lazyRouteComponent(() => import('../definitions/definitions-page.tsx'), 'DefinitionsPage'),
  staticData: { owns: ['view', 'of', 'version', 'against'] },
});
const system = createRoute({
  ...at,
  path: '/system',
  component: lazyRouteComponent(() => import('../system/system-page.tsx'), 'SystemPage'),
  staticData: { takes: ['period'], owns: ['view', 'list', 'bucket'] },
});
const pages = [
  overview,
  index,
  journeys,
  journey,
  customers,
  customer,
  touchpoints,
  promises,
  drivers,
  definitions,
  system,
];

/** The page of all components is for those who work on it, and is in no build. */
const forDevelopers = () =>
  createRoute({
    ...at,
    path: '/ui',
    component: lazyRouteComponent(() => import('../components/gallery.tsx'), 'Gallery'),
  });

export const router = createRouter({
  routeTree: root.addChildren(import.meta.env.DEV ? [...pages, forDevelopers()] : pages),
  basepath: BASE_PATH === '' ? '/' : BASE_PATH,
  parseSearch: parseAddress,
  stringifySearch: writeAddress,
  defaultErrorComponent: ({ error }) => <BrokenPage error={error} />,
  defaultPreload: 'intent',
  defaultPreloadDelay: 60,
});
