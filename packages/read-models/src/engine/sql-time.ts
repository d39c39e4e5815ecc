/** SQL of a bound time, given in ms since 1970. */
export function timeParameter(name: string): string {
  return `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;
}

/** SQL of a time column as ms since 1970. */
export function milliseconds(column: string): string {
  return `toUnixTimestamp64Milli(${column})`;
}
