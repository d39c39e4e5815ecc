type Point = readonly [x: number, y: number];

/** An SVG path through the points; it breaks where one is missing, and a lone point is a dot. */
export function lineThrough(points: readonly (Point | null)[]): string {
  let path = '';
  points.forEach((point, index) => {
    if (point === null) return;
    const isBegun = index > 0 && points[index - 1] !== null;
    const isLone = !isBegun && (points[index + 1] ?? null) === null;
    const [x, y] = point.map((n) => Math.round(n * 100) / 100);
    path += `${isBegun ? 'L' : 'M'}${x} ${y}${isLone ? 'h0.01' : ''}`;
  });
  return path;
}
