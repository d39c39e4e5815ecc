/** A node of a statement's syntax tree, as `EXPLAIN AST` shows it. */
export interface SyntaxNode {
  /** `Function`, `TableIdentifier` … */
  readonly kind: string;
  /** The name of a function, a table or a column, or the text of a literal. */
  readonly text: string;
  readonly children: readonly SyntaxNode[];
}

interface Line extends SyntaxNode {
  readonly depth: number;
  readonly expected: number;
  readonly children: SyntaxNode[];
}

const LINE = /^( *)([A-Z]\w*(?:::\w+)?)(?: (.*?))??(?: \(alias [^\n]*?\))?(?: \(children (\d+)\))?$/;

/**
 * Reads the tree that `EXPLAIN AST` shows: a node on each line, below its parent and indented by
 * one more. Names are shown as they are, so that one with a line break could pretend to be other
 * nodes: the number of children that each line tells is held to those that it has.
 * @returns undefined for lines that are no tree.
 */
export function readSyntaxTree(lines: readonly string[]): SyntaxNode | undefined {
  const open: Line[] = [];
  let root: Line | undefined;
  for (const text of lines) {
    const line = readLine(text);
    if (line === undefined) return undefined;
    while (open.length > line.depth) if (!isComplete(open.pop()!)) return undefined;
    if (open.length !== line.depth) return undefined;
    const parent = open.at(-1);
    if (parent === undefined) {
      if (root !== undefined) return undefined;
      root = line;
    } else parent.children.push(line);
    open.push(line);
  }
  return open.every(isComplete) ? root : undefined;
}

const isComplete = ({ children, expected }: Line): boolean => children.length === expected;

function readLine(line: string): Line | undefined {
  const found = LINE.exec(line);
  if (found === null) return undefined;
  const [, indent = '', kind = '', text = '', children = '0'] = found;
  return { depth: indent.length, kind, text, expected: Number(children), children: [] };
}
