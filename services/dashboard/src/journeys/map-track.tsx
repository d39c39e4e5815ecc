/** Shapes of the line map, in pixels; figures and names stand beside them as text. */

const WIDTH = 150;
const LEFT = 14;
/** Width of the line where all journeys are. */
const FULL = 78;
const LINE_LEAST = 2;
/** Height of the text at a branch, and of the one between two. */
const BRANCH_LEAST = 28;
const TIME_HEIGHT = 38;

const widthOf = (share: number): number => (share <= 0 ? 0 : Math.max(LINE_LEAST, share * FULL));

/** A station on the line: as wide as many came so far, in the colour of how they were met. */
export function Station({ share, level }: { share: number; level: string | null }) {
  const width = widthOf(share);
  return (
    <span className="station-line" aria-hidden="true">
      <i className={`level-${level ?? 'none'}`} style={{ left: LEFT, width }} />
      <i className="station-mark" style={{ left: LEFT + width / 2 }} />
    </span>
  );
}

interface Shares {
  readonly converted: number;
  readonly open: number;
  readonly dropped: number;
}

/** Heights of the text beside a way: one line at each branch, and the time between them. */
export function rowsBeside({ open, dropped }: Shares): string {
  const least = (px: number): string => `minmax(${px}px, auto)`;
  return [Math.max(widthOf(dropped), BRANCH_LEAST), TIME_HEIGHT, Math.max(widthOf(open), BRANCH_LEAST)]
    .map(least)
    .join(' ');
}

/** The way to the next station: who goes on goes down, who is lost or still open branches off. */
export function Track({ shares, level }: { shares: Shares; level: string | null }) {
  const [on, open, lost] = [widthOf(shares.converted), widthOf(shares.open), widthOf(shares.dropped)];
  const height = TIME_HEIGHT + Math.max(lost, BRANCH_LEAST) + Math.max(open, BRANCH_LEAST);
  const lostAt = Math.max(lost, BRANCH_LEAST) / 2;
  const openAt = height - Math.max(open, BRANCH_LEAST) / 2;
  return (
    <svg
      className="track-line"
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      style={{ minHeight: height }}
      aria-hidden="true"
    >
      {lost === 0 ? null : <path className="track-lost" d={branch(LEFT + on + open, lost, lostAt)} />}
      {open === 0 ? null : <path className="track-waiting" d={branch(LEFT + on, open, openAt)} />}
      <rect className={`track-on level-fill-${level ?? 'none'}`} x={LEFT} width={on} height={height} />
    </svg>
  );
}

/** A band that leaves the line downwards at `x` and goes out to the right at `y`. */
function branch(x: number, width: number, y: number): string {
  const [top, bottom] = [y - width / 2, y + width / 2];
  const right = x + width;
  return [
    `M${x} 0`,
    `C${x} ${bottom} ${x} ${bottom} ${Math.min(WIDTH, x + width + 30)} ${bottom}`,
    `L${WIDTH} ${bottom}L${WIDTH} ${top}`,
    `L${Math.min(WIDTH, right + 24)} ${top}`,
    `C${right} ${top} ${right} ${top} ${right} 0Z`,
  ].join('');
}
