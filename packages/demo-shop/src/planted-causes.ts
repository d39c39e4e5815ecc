/** A value that a question about drivers tests. */
export interface Factor {
  readonly factor: string;
  readonly value: string;
}

/**
 * A question about drivers, and the truth about the shop: which values cause the outcome by
 * themselves, and which were drawn independently of everything.
 */
export interface PlantedCauses {
  readonly question: {
    readonly where: Readonly<Record<string, string>>;
    readonly outcome: 'score' | 'complaint';
    readonly factors: readonly string[];
  };
  readonly planted: readonly Factor[];
  readonly independent: readonly Factor[];
}

const values = (factor: string, ...named: string[]): Factor[] => named.map((value) => ({ factor, value }));

const ofOrders = {
  where: { type: 'order', touchpoint: 'parcel.shipped' },
  factors: [
    'touchpoint',
    'touchpoint-failed',
    'channel',
    'team',
    'site',
    'attribute.carrier',
    'attribute.region',
    'attribute.category',
    'attribute.method',
  ],
};
const drawnForEachOrder = [
  ...values('attribute.category', 'books', 'clothing', 'electronics', 'garden', 'home', 'toys'),
  ...values('attribute.method', 'card', 'wallet', 'invoice'),
  ...values('channel', 'web', 'app', 'phone', 'store'),
];

/** Carriers and warehouses decide how orders end, teams how questions to the service desk end. */
export const plantedCauses: readonly PlantedCauses[] = [
  {
    question: { ...ofOrders, outcome: 'score' },
    planted: [
      ...values('attribute.carrier', 'kestrel', 'postal'),
      ...values('site', 'north', 'south'),
      ...values('attribute.region', 'remote'),
    ],
    independent: drawnForEachOrder,
  },
  {
    question: { ...ofOrders, outcome: 'complaint' },
    planted: [...values('attribute.carrier', 'kestrel', 'postal'), ...values('attribute.region', 'remote')],
    independent: drawnForEachOrder,
  },
  {
    question: {
      where: { type: 'support' },
      outcome: 'score',
      factors: ['touchpoint', 'touchpoint-failed', 'channel', 'team', 'site'],
    },
    planted: values('team', 'birch', 'dahlia'),
    independent: values('channel', 'phone', 'chat', 'e-mail'),
  },
];

/** The team that serves best, and the one that recovers best. */
export const BEST_TEAM = 'birch';
export const BEST_RECOVERING_TEAM = 'cedar';
