import { whole } from './style.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A duration in its two greatest units: `40 d`, `6 d 19 h`, `12 s`; `–` for none. */
export function span(ms: number | null): string {
  if (ms === null) return '–';
  if (ms !== 0 && Math.abs(ms) < 1000) return `${Math.round(Math.abs(ms))} ms`;
  let left = Math.round(Math.abs(ms) / 1000) * 1000;
  const parts: string[] = [];
  for (const [unit, length] of UNITS) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0) parts.push(`${whole(count)} ${unit}`);
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}
