import type { Parameter, Parameters } from './clickhouse.ts';

/** A text as an SQL literal; only for texts from our own code. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/**
 * Binds query parameters. The embedded engine's own binding runs one parameterised query at a time
 * in the whole process, so there the parameters become session settings: a session runs one
 * statement at a time, and no statement reads an earlier one's parameters.
 */
export function bound(isEmbedded: boolean, params: Parameters) {
  if (!isEmbedded) return { query_params: params };
  const settings = Object.entries(params).map(([name, value]) => [`param_${name}`, asSetting(value)]);
  return { clickhouse_settings: Object.fromEntries(settings) as Record<string, string> };
}

/** Assignments of a SET statement that binds the parameters in an embedded session of our own. */
export function assignments(params: Parameters): string[] {
  return Object.entries(params).map(([name, value]) => `param_${name} = ${quoted(tabSeparated(value))}`);
}

const UNESCAPED = /[\\\t\n\r\0]/g;
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' };

/** Escapes a parameter, which the engine parses as a TabSeparated field. */
function tabSeparated(value: Parameter): string {
  return String(value).replace(UNESCAPED, (character) => ESCAPED[character]!);
}

/**
 * The client doubles quotes on the way but leaves backslashes to be taken for escapes, so they are
 * escaped twice.
 */
function asSetting(value: Parameter): string {
  return tabSeparated(value).replaceAll('\\', '\\\\');
}
