import type { Address } from '../selection/address.ts';
import type { Period } from '../selection/selection.ts';
import { listIn, listIntoText } from './lists-in-address.ts';
import { whereIn } from './where-asked.ts';

/** Bodies of the questions, from the names that the room's views keep in the address. */

const given = (name: string, value: unknown): Record<string, unknown> => (value === undefined ? {} : { [name]: value });

export function funnelBody(address: Address, period: Period, steps: readonly string[]) {
  const exclude = listIn(address.exclude);
  return {
    where: whereIn(address, period),
    steps,
    ...given('within', address.within),
    ...given('order', address.order),
    ...given('breakdown', address.by),
    ...(exclude.length === 0 ? {} : { exclude }),
  };
}

/** The names that a link to journeys behind a funnel carries of its question. */
export const funnelNames = ({ within, order, exclude, by }: Address, steps: readonly string[]): Address =>
  defined({ steps: listIntoText(steps), within, order, exclude, by });

export const NODES_AT_FIRST = 15;
export const nodeChoices = [8, NODES_AT_FIRST, 30, 60, 200] as const;
const activities = ['touchpoint', 'channel', 'outcome'] as const;

export function activitiesIn(address: Address): readonly (typeof activities)[number][] {
  const named = activities.filter((name) => listIn(address.activity).includes(name));
  return named.length === 0 ? ['touchpoint'] : named;
}

export function nodesIn({ nodes }: Address): number {
  return nodeChoices.find((choice) => String(choice) === nodes) ?? NODES_AT_FIRST;
}

export function pathsBody(address: Address, period: Period) {
  return {
    where: whereIn(address, period),
    activity: activitiesIn(address),
    collapse: address.collapse === 'true',
    nodesMax: nodesIn(address),
  };
}

export const pathsNames = ({ activity, collapse, nodes, shape }: Address): Address =>
  defined({ activity, collapse, nodes, shape });

export function conformanceBody(address: Address, period: Period) {
  return { where: whereIn(address, period), includeOpen: address.includeOpen === 'true' };
}

export function durationsBody(address: Address, period: Period, [from, to]: readonly [string, string]) {
  return { where: whereIn(address, period), from, to, ...given('breakdown', address.by) };
}

export const durationsNames = ({ by }: Address, [begin, end]: readonly [string, string]): Address =>
  defined({ begin, end, by });

function defined(names: Readonly<Record<string, string | undefined>>): Address {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
