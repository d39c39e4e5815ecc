/** Format of numbers: the decimal separator and the thousands separator. */
export interface NumberFormat {
  readonly decimalComma: boolean;
  /**
   * Accepted between groups of three digits only. Default: a point if the comma is decimal, else
   * none; a space also stands for the non-breaking ones.
   */
  readonly thousands?: string | undefined;
}

/**
 * Compiles a reader of a cell: it returns the number, or the reason why it is none (phrased to
 * follow the cell's text). Exponents are allowed in numbers without groups (`1.5e-3`), since
 * programs write those.
 * @throws RangeError for a format whose separators are the same.
 */
export function numberReader({ decimalComma, thousands }: NumberFormat): (text: string) => number | string {
  const decimal = decimalComma ? ',' : '.';
  const group = thousands ?? (decimalComma ? '.' : undefined);
  if (group === decimal) throw new RangeError(`"${group}" cannot stand before decimals and between thousands`);
  const [mark, space] = [`\\${decimal}`, group === ' ' ? SPACES : group === undefined ? undefined : `\\${group}`];
  const plain = `(?:\\d+${mark}?\\d*|${mark}\\d+)(?:[eE][+-]?\\d+)?`;
  const grouped = space === undefined ? '' : `|[1-9]\\d{0,2}(?:${space}\\d{3})+(?:${mark}\\d*)?`;
  const form = new RegExp(`^[+-]?(?:${plain}${grouped})$`);
  const separators = space === undefined ? undefined : new RegExp(space, 'g');
  const example = `1${group ?? ''}234${decimal}50`;
  return (text) => {
    if (!form.test(text)) return whyNot(text, example);
    const digits = separators === undefined ? text : text.replace(separators, '');
    const value = Number(decimalComma ? digits.replace(',', '.') : digits);
    if (!Number.isFinite(value)) return 'is beyond the range of numbers';
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      return `is beyond ±${Number.MAX_SAFE_INTEGER}, so digits would be lost: take it as a text`;
    }
    return value;
  };
}

const SPACES = '[ \\u00a0\\u202f]';

function whyNot(text: string, example: string): string {
  if (text.trim() === '') return 'is not a number';
  if (text !== text.trim()) return 'is not a number: spaces stand around it ("csv": {"trim": true} takes them away)';
  return `is not a number in the form ${example} ("decimalComma" and "thousands" in the mapping name others)`;
}
