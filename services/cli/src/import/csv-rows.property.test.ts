import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRows } from './csv-rows.ts';

async function read(text: string, pieceSize: number) {
  const bytes = Buffer.from(text);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += pieceSize) pieces.push(bytes.subarray(at, at + pieceSize));
  const rows: string[][] = [];
  const lines: number[] = [];
  const faults: number[] = [];
  for await (const row of csvRows(Readable.from(pieces), 'log.csv')) {
    if (row.cells.length > 0) {
      rows.push([...row.cells]);
      lines.push(row.line);
    }
    for (const { line } of row.faults) faults.push(line);
  }
  return { rows, lines, faults };
}

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const written = (cell: string) => (/[",\n\r]/.test(cell) ? quoted(cell) : cell);
const cell = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\n', '\r\n', '\r', ' ', ';'), maxLength: 8 });

describe('a CSV file', () => {
  it('gives back whatever was written into it, however it comes in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 20 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 40 }),
        async (rows, lineEnd, pieceSize) => {
          const text = rows.map((row) => row.map(written).join(',')).join(lineEnd);
          expect(await read(text, pieceSize)).toMatchObject({ rows, faults: [] });
        },
      ),
    );
  });

  it('loses one line to a stray quote, never its neighbours', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('1,good', 'a"b,2', '"a"b,2', '"a,2'), { maxLength: 30 }),
        async (lines) => {
          const { rows, faults } = await read(['id,name', ...lines].join('\n'), 1000);
          const good = lines.filter((line) => line === '1,good');
          // Two lines that each open a quote may together form one valid quoted cell.
          if (lines.filter((line) => line === '"a,2').length <= 1) {
            expect(rows.length - 1).toBe(good.length);
            expect(faults).toHaveLength(lines.length - good.length);
          }
        },
      ),
    );
  });
});
