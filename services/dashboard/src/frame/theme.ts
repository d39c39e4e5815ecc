import { useState } from 'react';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const STORAGE_NAME = 'touchstone-theme';

function kept(): Theme {
  try {
    const theme = localStorage.getItem(STORAGE_NAME);
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    return 'system';
  }
}

function show(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset.theme;
  else dataset.theme = theme;
}

/** Before the page is drawn, so that it does not flash in the other theme. */
export function startTheme(): void {
  show(kept());
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(kept);
  return [
    theme,
    (next) => {
      try {
        if (next === 'system') localStorage.removeItem(STORAGE_NAME);
        else localStorage.setItem(STORAGE_NAME, next);
      } catch {
        // A browser that forbids storage keeps the choice as long as the page lives.
      }
      show(next);
      setTheme(next);
    },
  ];
}
