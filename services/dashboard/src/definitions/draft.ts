import type { Definitions } from '@touchstone/api';
import { useSyncExternalStore } from 'react';
import { isFields } from './differences.ts';

/** A definition that somebody writes, as JSON; kept until it is put or the tab is closed. */

const STORAGE = 'touchstone-draft ';
const listeners = new Set<() => void>();
/** Drafts of a browser that denies storage. */
const held = new Map<string, string>();

export function draftOf(type: string): string | null {
  try {
    return sessionStorage.getItem(STORAGE + type) ?? held.get(type) ?? null;
  } catch {
    return held.get(type) ?? null;
  }
}

/** Null forgets it. */
export function keepDraft(type: string, text: string | null): void {
  if (text === null) held.delete(type);
  else held.set(type, text);
  try {
    if (text === null) sessionStorage.removeItem(STORAGE + type);
    else sessionStorage.setItem(STORAGE + type, text);
  } catch {
    // It is held as long as the page lives.
  }
  for (const listener of listeners) listener();
}

export function useDraft(type: string): string | null {
  return useSyncExternalStore(subscribe, () => draftOf(type));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const written = (definition: object): string => JSON.stringify(definition, null, 2);

/** The parts of a definition that the form shows. Numbers and names may still be out of range. */
export type Shape = Definitions['items'][number]['definition'];

export type Read =
  | { readonly shape: Shape; readonly fault?: undefined }
  | { readonly shape: null; readonly fault: 'json' | 'shape'; readonly message: string };

/** Reads a text as far as a form can show it. */
export function readDraft(text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { shape: null, fault: 'json', message: (error as Error).message };
  }
  const fault = faultOfShape(value);
  return fault === null ? { shape: value as Shape } : { shape: null, fault: 'shape', message: fault };
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isListOf = (is: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(is);

const SHAPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  steps: isListOf(isText),
  completesOn: isListOf(isText),
  touchpoints: (value) => isFields(value) && Object.values(value).every(isFields),
  expects: isListOf((value) => isFields(value) && isText(value.after) && isText(value.touchpoint)),
  allow: isListOf((value) => isFields(value) && isText(value.kind) && isText(value.touchpoint)),
};

/** The name of the first part that a form cannot show; null if there is none. */
function faultOfShape(value: unknown): string | null {
  if (!isFields(value)) return '{}';
  return Object.keys(SHAPES).find((name) => value[name] !== undefined && !SHAPES[name]!(value[name])) ?? null;
}

/** Every touchpoint that a definition names: its steps in order, then the others. */
export function touchpointsOf(shape: Shape): readonly string[] {
  const { steps = [], touchpoints = {}, completesOn = [], expects = [], allow = [] } = shape;
  const expected = expects.flatMap(({ after, touchpoint }) => [after, touchpoint]);
  const allowed = allow.map(({ touchpoint }) => touchpoint);
  return [...new Set([...steps, ...Object.keys(touchpoints), ...completesOn, ...expected, ...allowed])];
}

/** The entry of a touchpoint; a name such as `constructor` has none. */
export function entryOf({ touchpoints = {} }: Shape, name: string): NonNullable<Shape['touchpoints']>[string] {
  return Object.hasOwn(touchpoints, name) ? touchpoints[name]! : {};
}
