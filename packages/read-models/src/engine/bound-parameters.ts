import type { Parameter, Parameters } from './clickhouse.ts';

/** A text as a literal of SQL; for texts of ours alone. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/**
 * The embedded engine's own binding runs one query with parameters at a time in the whole process, so there each session is given
 * them as settings: a session runs one statement at a time, and what an earlier one left behind no later one reads.
 */
export function bound(isEmbedded: boolean, params: Parameters) {
  if (!isEmbedded) return { query_params: params };
  const settings = Object.entries(params).map(([name, value]) => [`param_${name}`, asSetting(value)]);
  return { clickhouse_settings: Object.fromEntries(settings) as Record<string, string> };
}

const UNESCAPED = /[\\\t\n\r\0]/g;
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' };

/** A parameter is read as a TabSeparated field. On the way the client doubles quotes, but leaves backslashes to be taken for escapes. */
function asSetting(value: Parameter): string {
  return String(value)
    .replace(UNESCAPED, (character) => ESCAPED[character]!)
    .replaceAll('\\', '\\\\');
}
