import type { Parameters } from '../engine/clickhouse.ts';

/** Binds values of a statement that is put together from parts. */
export interface Binder {
  /** SQL of a bound text. */
  text(value: string): string;
  /** SQL of a bound number. */
  number(value: number): string;
  /** SQL of a constant of any ClickHouse type, made of a JSON value. */
  json(value: unknown, type: string): string;
  params(): Parameters;
}

export function binder(): Binder {
  const bound: Record<string, string | number> = {};
  const bind = (value: string | number, type: string) => {
    const name = `bound${Object.keys(bound).length}`;
    bound[name] = value;
    return `{${name}:${type}}`;
  };
  // The engine stores no lone surrogates, and its parser of JSON refuses them.
  const text = (value: string) => bind(wellFormed(value), 'String');
  return {
    text,
    number: (value) => bind(value, 'Float64'),
    json: (value, type) =>
      `JSONExtract(${text(JSON.stringify(value, (_, each) => (typeof each === 'string' ? wellFormed(each) : each)))}, '${type}')`,
    params: () => bound,
  };
}

const wellFormed = (text: string) => Buffer.from(text).toString();
