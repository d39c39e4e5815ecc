/** The people and carriers that serve the shop's customers, and how they differ. */

export interface DeskTeam {
  readonly team: string;
  readonly site: string;
  readonly agents: readonly string[];
  /** Median time to the first answer to a question, as a share of the standard. */
  readonly answers: number;
  /** Probability that it solves a question. */
  readonly solves: number;
  /** Median hours to the first answer to a complaint. */
  readonly complaintHours: number;
  /** Probability that it settles a complaint at the first contact. */
  readonly firstContact: number;
  /** Probability that a customer accepts what it does to make good. */
  readonly recovers: number;
}

/** The teams of the service desk: birch serves best, cedar recovers best, dahlia is slow. */
export const deskTeams: readonly DeskTeam[] = [
  {
    team: 'aspen',
    site: 'Leipzig',
    agents: ['amal', 'bruno'],
    answers: 0.72,
    solves: 0.88,
    complaintHours: 10,
    firstContact: 0.35,
    recovers: 0.62,
  },
  {
    team: 'birch',
    site: 'Leipzig',
    agents: ['chiara', 'dmitri'],
    answers: 0.4,
    solves: 0.98,
    complaintHours: 10,
    firstContact: 0.35,
    recovers: 0.62,
  },
  {
    team: 'cedar',
    site: 'Porto',
    agents: ['elif', 'femke'],
    answers: 0.72,
    solves: 0.88,
    complaintHours: 3,
    firstContact: 0.7,
    recovers: 0.95,
  },
  {
    team: 'dahlia',
    site: 'Porto',
    agents: ['goran', 'hanna'],
    answers: 1.35,
    solves: 0.68,
    complaintHours: 16,
    firstContact: 0.3,
    recovers: 0.55,
  },
];

/** Median time that a warehouse packs, as a share of the standard: the southern one is slow. */
export const warehouses = { north: 0.6, south: 1.15 } as const;

export const carriers = ['postal', 'kestrel'] as const;
export type Carrier = (typeof carriers)[number];
