import { growingBytes } from './growing-bytes.ts';

/**
 * Splits incoming bytes into lines; drops blank lines and the carriage return before a line feed.
 */
export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Ends the input; the last line needs no line feed. */
  end(): void;
  /** Returns the complete lines so far and forgets them. */
  take(): readonly Buffer[];
  /** Number of complete lines, and their bytes. */
  lines(): number;
  linesBytes(): number;
  /**
   * Number, counted from the start, of the line that has begun but not ended; undefined between
   * lines.
   */
  openLine(): number | undefined;
  /** All bytes held, including the open line. */
  bytes(): number;
}

/** A line longer than `lineBytesMax` is cut to its first `lineBytesMax` bytes. */
export function lineSplitter(lineBytesMax: number): LineSplitter {
  let lines: Buffer[] = [];
  let linesBytes = 0;
  let ended = 0;
  let isOpen = false;
  const beginning = growingBytes(lineBytesMax);
  const keepBeginning = (piece: Buffer) => {
    isOpen = true;
    const room = lineBytesMax - beginning.length;
    if (room > 0) beginning.add(piece.length > room ? piece.subarray(0, room) : piece);
  };
  const endLine = (line: Buffer) => {
    ended++;
    isOpen = false;
    if (isBlank(line)) return;
    lines.push(line.at(-1) === 0x0d ? line.subarray(0, -1) : line);
    linesBytes += line.length;
  };
  const endBeginning = () => endLine(beginning.take());
  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        if (!isOpen) endLine(chunk.subarray(start, Math.min(end, start + lineBytesMax)));
        else {
          keepBeginning(chunk.subarray(start, end));
          endBeginning();
        }
        start = end + 1;
      }
      if (start < chunk.length) keepBeginning(chunk.subarray(start));
    },
    end: () => void (isOpen && endBeginning()),
    take() {
      const taken = lines;
      lines = [];
      linesBytes = 0;
      return taken;
    },
    lines: () => lines.length,
    linesBytes: () => linesBytes,
    openLine: () => (isOpen ? ended : undefined),
    bytes: () => linesBytes + beginning.allocated,
  };
}

function isBlank(line: Buffer): boolean {
  for (let i = 0; i < line.length; i++) if (line[i] !== 0x20 && line[i] !== 0x0d && line[i] !== 0x09) return false;
  return true;
}
