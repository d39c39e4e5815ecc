import { levels } from '@touchstone/api/vocabulary';

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
  /** Colours by the level of a score; `none` without one. */
  readonly levels: Readonly<Record<string, string>>;
}

export function readPalette(element: Element): Palette {
  // A custom property is read as it is written; only a real one is resolved to light or dark.
  const probe = element.appendChild(document.createElement('i'));
  const style = getComputedStyle(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return style.color;
  };
  const palette = {
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
    levels: Object.fromEntries([...levels, 'none'].map((level) => [level, colour(`level-${level}`)])),
  };
  probe.remove();
  return palette;
}
