import { useState } from 'react';

/** State of a page that its entry in the browser's history keeps. */
interface Place {
  readonly scrollY?: number;
  readonly kept?: Readonly<Record<string, unknown>>;
}

const STORAGE_NAME = 'touchstone-places';
const PLACES_MAX = 60;
let places: Record<string, Place> = read();

/** Place of the present entry in the history of this tab, which the router counts. */
let here = globalThis.history === undefined ? 0 : indexOf(history.state);

export function indexOf(state: unknown): number {
  return (state as { __TSR_index?: number } | null)?.__TSR_index ?? 0;
}

export const currentPlace = (): Place => places[here] ?? {};

/** Goes to another entry; a new one takes the place of those that lay ahead. */
export function enter(index: number, isNew: boolean): void {
  here = index;
  if (isNew) places = Object.fromEntries(Object.entries(places).filter(([key]) => Number(key) < index));
}

export function keepInPlace(change: Place): void {
  places[here] = { ...currentPlace(), ...change };
  const surplus = Object.keys(places).slice(0, -PLACES_MAX);
  for (const key of surplus) delete places[key];
  try {
    sessionStorage.setItem(STORAGE_NAME, JSON.stringify(places));
  } catch {
    // A browser that forbids storage keeps places as long as the page lives.
  }
}

/**
 * Like `useState`, but restored when the reader comes back to the page: a sort order, or a list
 * shown whole.
 */
export function useKept<Value>(name: string, initial: Value): [Value, (value: Value) => void] {
  const [value, setValue] = useState(() => (currentPlace().kept?.[name] as Value | undefined) ?? initial);
  return [
    value,
    (next) => {
      setValue(next);
      keepInPlace({ kept: { ...currentPlace().kept, [name]: next } });
    },
  ];
}

function read(): Record<string, Place> {
  try {
    return JSON.parse(sessionStorage.getItem(STORAGE_NAME) ?? '{}');
  } catch {
    return {};
  }
}
