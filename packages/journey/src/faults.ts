/** One validation error of an input: its path and how to fix it. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/**
 * Limits of the faults reported for one input: more would help nobody, and an offending value may
 * be as long as the input.
 */
export const FAULTS_MAX = 20;
export const FAULT_PATH_LENGTH_MAX = 200;
export const FAULT_MESSAGE_LENGTH_MAX = 1000;
/** Maximum total characters of all paths and messages of one input. */
export const FAULTS_LENGTH_MAX = 8192;

/**
 * The first faults, each shortened, so that the report on an input is small however large the input
 * is.
 */
export function boundedFaults(faults: readonly Fault[]): readonly Fault[] {
  const told: Fault[] = [];
  let length = 0;
  for (const { path, message } of faults.slice(0, FAULTS_MAX)) {
    const fault = { path: cut(path, FAULT_PATH_LENGTH_MAX), message: cut(message, FAULT_MESSAGE_LENGTH_MAX) };
    length += fault.path.length + fault.message.length;
    if (length > FAULTS_LENGTH_MAX) break;
    told.push(fault);
  }
  return told;
}

/** Shortens a text, marks the cut with `…`, and never splits a surrogate pair. */
function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  return `${text.slice(0, lengthMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
