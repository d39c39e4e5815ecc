const LINE_FEED = 0x0a;

/**
 * The answer in JSON, `{columns: [{name, type}], rows: [[…], …]}`, from lines of JSON arrays: the
 * names, the types, and each row, which stay as the engine wrote them.
 */
export function jsonAnswer(lines: Uint8Array): Buffer {
  const namesEnd = lines.indexOf(LINE_FEED);
  const typesEnd = lines.indexOf(LINE_FEED, namesEnd + 1);
  const parsed = (from: number, to: number) => JSON.parse(Buffer.from(lines.subarray(from, to)).toString()) as string[];
  const types = parsed(namesEnd + 1, typesEnd);
  const columns = parsed(0, namesEnd).map((name, i) => ({ name, type: types[i] }));
  const rows = Buffer.from(lines.subarray(typesEnd + 1, Math.max(typesEnd + 1, lines.length - 1)));
  // JSON escapes line breaks inside texts, so that each byte of one ends a row.
  for (let at = rows.indexOf(LINE_FEED); at !== -1; at = rows.indexOf(LINE_FEED, at + 1)) rows[at] = 0x2c;
  return Buffer.concat([Buffer.from(`{"columns":${JSON.stringify(columns)},"rows":[`), rows, Buffer.from(']}\n')]);
}
