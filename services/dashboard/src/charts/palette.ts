/** Colours of the style sheet, by its names, for charts. */
export interface Palette {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly font: string;
  readonly exceeded: string;
  readonly confirmed: string;
  readonly failed: string;
  readonly taken: string;
  readonly total: string;
  readonly ghost: string;
  readonly gold: string;
}

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour('ink'),
    muted: colour('muted'),
    line: colour('line'),
    surface: colour('surface'),
    font: style.fontFamily,
    exceeded: colour('good'),
    confirmed: colour('plain'),
    failed: colour('bad'),
    taken: colour('bad-deep'),
    total: colour('ink'),
    ghost: colour('ghost'),
    gold: colour('gold'),
  };
}
