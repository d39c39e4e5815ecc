/** The row that stands for all unlisted ones; something of that name is answered as `((other))`. */
export const isOthers = ({ touchpoint }: { readonly touchpoint?: string | undefined }): boolean =>
  touchpoint === '(other)';

const DOUBLED = /^\((\(+(?:start|end|open|other)\)+)\)$/;

/**
 * The real name of a touchpoint in a report, where a name that equals a reserved word has one more
 * pair of parentheses. Every other request uses real names.
 */
export const plainName = (shown: string): string => DOUBLED.exec(shown)?.[1] ?? shown;
