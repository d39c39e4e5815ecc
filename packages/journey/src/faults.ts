/** One fault of an input: where it stands and what to do about it. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** More faults of one input help nobody, and what is wrong may be as long as the input. */
export const FAULTS_MAX = 20;
export const FAULT_PATH_LENGTH_MAX = 200;
export const FAULT_MESSAGE_LENGTH_MAX = 1000;
/** Characters of all paths and messages of one input. */
export const FAULTS_LENGTH_MAX = 8192;

/** The first of them, each cut to what a reader needs: what is told of an input is small however large the input is. */
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

/** Cut text says so, and no character is cut in two. */
function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  return `${text.slice(0, lengthMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
