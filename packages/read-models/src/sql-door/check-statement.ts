import { NO_SETTINGS } from '../engine/sandbox.ts';
import type { IsAllowedFunction } from './allowed-functions.ts';
import type { SyntaxNode } from './syntax-tree.ts';

/** The names that a statement may use. */
export interface Allowed {
  readonly tables: ReadonlySet<string>;
  /** Other tables that a name without a database would find. */
  readonly otherTables: ReadonlySet<string>;
  readonly isFunction: IsAllowedFunction;
}

/** Kinds of nodes of a SELECT that reads tables; some are looked at more closely. */
const KINDS = new Set([
  'SelectWithUnionQuery',
  'SelectIntersectExceptQuery',
  'SelectQuery',
  'ExpressionList',
  'Literal',
  'Identifier',
  'Asterisk',
  'QualifiedAsterisk',
  'ColumnsRegexpMatcher',
  'ColumnsListMatcher',
  'QualifiedColumnsRegexpMatcher',
  'QualifiedColumnsListMatcher',
  'ColumnsTransformerList',
  'ColumnsExceptTransformer',
  'ColumnsReplaceTransformer',
  'ColumnsReplaceTransformer::Replacement',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'TableExpression',
  'TableIdentifier',
  'TableJoin',
  'ArrayJoin',
  'SampleRatio',
  'Subquery',
  'Function',
  'OrderByElement',
  'InterpolateElement',
  'WithElement',
  'WindowDefinition',
  'WindowListElement',
]);

/** Words for kinds that people write by mistake or on purpose. */
const IN_WORDS: Readonly<Record<string, string>> = {
  Set: NO_SETTINGS,
  QueryParameter: 'parameters in braces are not taken: write their values',
  ColumnsApplyTransformer: 'APPLY is not taken: write the functions out',
  InsertQuery: 'only SELECT is taken',
  Explain: 'EXPLAIN is not taken',
};

/** Functions whose right side may be the name of a table. */
const MEMBERSHIP = /^(?:global)?(?:not)?(?:null)?in(?:ignoreset)?$/i;

/**
 * Why a statement may not be asked, in words; undefined if it may: one SELECT that reads the
 * allowed tables, and calls functions that read nothing but their arguments.
 */
export function refusalOf(node: SyntaxNode, allowed: Allowed): string | undefined {
  return ownRefusal(node, allowed) ?? firstOf(node.children, (child) => refusalOf(child, allowed));
}

function ownRefusal({ kind, text, children }: SyntaxNode, allowed: Allowed): string | undefined {
  if (!KINDS.has(kind)) return IN_WORDS[kind] ?? `${kind} is not taken: only SELECT over the tables is`;
  if (kind === 'SelectWithUnionQuery' && (children.length !== 1 || children[0]!.kind !== 'ExpressionList')) {
    return 'INTO OUTFILE and FORMAT are not taken: `format` of the request names the format';
  }
  if (kind === 'TableExpression') {
    const called = children.find((child) => child.kind === 'Function');
    if (called !== undefined) return `${called.text}() is not a table: table functions are not taken`;
  }
  if (kind === 'TableIdentifier') return refusedTable(text, allowed);
  if (kind !== 'Function') return undefined;
  if (!allowed.isFunction(text)) return `the function ${text} is not taken`;
  if (!MEMBERSHIP.test(text)) return undefined;
  const right = children[0]?.children[1];
  return right?.kind === 'Identifier' ? refusedTable(right.text, allowed) : undefined;
}

function refusedTable(name: string, { tables, otherTables }: Allowed): string | undefined {
  if (tables.has(name)) return undefined;
  if (!name.includes('.') && !otherTables.has(name)) return undefined;
  return `${name} is not a table of this door: there are ${[...tables].join(', ')}, without the name of a database`;
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
