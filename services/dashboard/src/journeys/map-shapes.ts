export const NODE_WIDTH = 170;
export const NODE_HEIGHT = 44;
const NAME_LENGTH = 24;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A name that fits into a node; the whole one stands in the tables. */
export function shortened(name: string): string {
  const letters = [...name];
  return letters.length <= NAME_LENGTH ? name : `${letters.slice(0, NAME_LENGTH - 1).join('')}…`;
}

/** The line from one node to another: straight down, back up at the side, or a loop. */
export function curveOf(a: Place, b: Place): { readonly path: string; readonly middle: Place } {
  const half = NODE_HEIGHT / 2;
  const side = NODE_WIDTH / 2;
  if (a.x === b.x && a.y === b.y) {
    const [x, y] = [a.x + side, a.y];
    const path = `M${x} ${y - 9}C${x + 42} ${y - 26} ${x + 42} ${y + 26} ${x} ${y + 9}`;
    return { path, middle: { x: x + 34, y: y + 4 } };
  }
  if (b.y - a.y >= NODE_HEIGHT) {
    const [from, to] = [a.y + half, b.y - half];
    const bend = (to - from) / 2;
    const path = `M${a.x} ${from}C${a.x} ${from + bend} ${b.x} ${to - bend} ${b.x} ${to}`;
    return { path, middle: { x: (a.x + b.x) / 2, y: (from + to) / 2 + 4 } };
  }
  const out = Math.max(a.x, b.x) + side + 40 + Math.min(160, Math.abs(a.y - b.y) / 6);
  const path = `M${a.x + side} ${a.y}C${out} ${a.y} ${out} ${b.y} ${b.x + side} ${b.y}`;
  return { path, middle: { x: (a.x + b.x) / 8 + side / 4 + (3 * out) / 4, y: (a.y + b.y) / 2 + 4 } };
}
