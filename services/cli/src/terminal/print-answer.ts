/** The option `--json` of a command that shows an answer. */
export interface Shown {
  readonly json: boolean;
}

/** Prints the answer as JSON, or in words. */
export function print<Told>({ json }: Shown, told: Told, show: (told: Told) => string): void {
  console.log(json ? JSON.stringify(told, null, 2) : show(told));
}
