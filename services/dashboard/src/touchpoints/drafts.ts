import { stages } from '@touchstone/api/vocabulary';

/** The fields of a form of alerts, as text, and the body that the API takes for them. */

export const kinds = ['objective', 'heartbeat', 'watch'] as const;
export type Kind = (typeof kinds)[number];
export const isKind = (text: string | undefined): text is Kind => kinds.some((kind) => kind === text);

export type Draft = Readonly<Record<string, string>>;

/** Text of the whole days of a week that are ticked, `1` Monday. */
export const WEEK = '1234567';

/** The fields of each kind, with what a new one has. */
const blank: Readonly<Record<Kind, Draft>> = {
  objective: {
    touchpoint: '',
    channel: '',
    journeyType: '',
    team: '',
    objective: '98',
    windowDays: '28',
    minMoments: '10',
    minFailures: '5',
    notify: '',
  },
  heartbeat: {
    touchpoint: '',
    channel: '',
    silentAfter: 'PT2H',
    days: '',
    from: '08:00',
    to: '20:00',
    timeZone: 'UTC',
  },
  watch: { stage: 'affective', within: 'P1D', atLeast: '20', rate: '' },
};

type Kept = Readonly<Record<string, unknown>>;

/** The fields for one that is there, or for a new one. */
export function draftOf(kind: Kind, kept: object | undefined, timeZone: string): Draft {
  const { hours, notify, objective, rate, ...plain } = (kept ?? {}) as Kept;
  const texts = Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, String(value)]));
  const { days, ...clock } = (hours ?? {}) as Kept;
  return {
    ...blank[kind],
    ...(kind === 'heartbeat' ? { timeZone } : {}),
    ...texts,
    ...(clock as Draft),
    ...(Array.isArray(days) ? { days: days.join('') } : {}),
    ...(Array.isArray(notify) ? { notify: notify.join(', ') } : {}),
    ...(typeof objective === 'number' ? { objective: percent(objective) } : {}),
    ...(typeof rate === 'number' ? { rate: percent(rate) } : {}),
  };
}

/** Percent without the noise of binary fractions. */
const percent = (share: number): string => String(Number((share * 100).toPrecision(12)));
const share = (text: string): number => Number((Number(text) / 100).toPrecision(12));

/** The body for the API, which checks it and says what is wrong. */
export function bodyOf(kind: Kind, draft: Draft): object {
  const given = (names: readonly string[]): object =>
    Object.fromEntries(names.flatMap((name) => (draft[name] ? [[name, draft[name]]] : [])));
  switch (kind) {
    case 'objective': {
      const notify = (draft.notify ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
      return {
        touchpoint: draft.touchpoint,
        ...given(['channel', 'journeyType', 'team']),
        objective: share(draft.objective ?? ''),
        windowDays: Number(draft.windowDays),
        minMoments: Number(draft.minMoments),
        minFailures: Number(draft.minFailures),
        ...(notify.length === 0 ? {} : { notify }),
      };
    }
    case 'heartbeat': {
      const { days = '', from = '', to = '', timeZone = '' } = draft;
      const hours = { days: [...days].map(Number).sort(), from, to, timeZone };
      return {
        touchpoint: draft.touchpoint,
        ...given(['channel']),
        silentAfter: draft.silentAfter,
        ...(days === '' ? {} : { hours }),
      };
    }
    case 'watch':
      return {
        stage: draft.stage,
        within: draft.within,
        atLeast: Number(draft.atLeast),
        ...(draft.rate ? { rate: share(draft.rate) } : {}),
      };
  }
}

/** Stages that customers can leave downwards. */
export const lossStages = stages.slice(1);
