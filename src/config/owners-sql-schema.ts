import { OWNER_ROWS_MAX, type OwnerDatabase, type OwnerLookupConfig } from '../core/ownership.ts';
import type { SourcePath } from './diagnostics.ts';
import { lintOutside, QUESTION_FIELDS } from './outside-schema.ts';
import { MEMORY_FIELDS, memoryPolicy } from './owners-memory-schema.ts';
import { object, optional, required } from './schema.ts';
import { entryNode, refined } from './schema-collections.ts';
import { INVALID, type ReadContext, type Schema } from './schema-types.ts';
import { malformed, type ScalarReading, text, word } from './schema-values.ts';
import type { SourceNode } from './source-tree.ts';

type StoreAddress =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** `file:PATH` of a SQLite database, or the address of a PostgreSQL one. */
const store: Schema<StoreAddress> = text({
  expected: 'file:PATH of a SQLite database, or postgres://HOST/DATABASE',
  interpolates: true,
  parse(value, context): ScalarReading<StoreAddress> {
    if (value.startsWith('file:')) {
      const path = value.slice('file:'.length);
      return path === '' || path.startsWith('//') || path.includes('\0')
        ? malformed('names no file', 'write file:./shop.db')
        : { ok: true, value: { kind: 'sqlite', file: context.resolvePath(path) } };
    }
    const url = URL.parse(value);
    if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol) || url.hostname === '')
      return malformed('is neither file:PATH nor postgres://HOST/DATABASE');
    if (url.hash !== '') return malformed('holds a fragment');
    // It would change what sslmode means.
    if (url.searchParams.has('uselibpqcompat')) return malformed('holds uselibpqcompat', 'remove it');
    return { ok: true, value: { kind: 'postgres', url: value } };
  },
});

/** Modes of TLS that check who answers, as the driver reads them. */
const VERIFYING: readonly (string | null)[] = ['require', 'verify-ca', 'verify-full'];

function identifier(what: string, parts: 1 | 2): Schema<string> {
  const pattern =
    parts === 1 ? /^[A-Za-z_][A-Za-z0-9_]{0,62}$/ : /^(?:[A-Za-z_][A-Za-z0-9_]{0,62}\.)?[A-Za-z_][A-Za-z0-9_]{0,62}$/;
  return text({
    expected: `the name of ${what}: letters, digits and _`,
    pattern: pattern.source,
    parse: (value) => (pattern.test(value) ? { ok: true, value } : malformed(`is not the name of ${what}`)),
  });
}

const statement: Schema<string> = text({
  expected: 'one SELECT with $1 for the object',
  parse(value) {
    if (value.length > 4_000) return malformed('is too long');
    if (!/^\s*(?:select|with)\b/i.test(value)) return malformed('is no SELECT');
    if (value.includes(';')) return malformed('holds a semicolon', 'write one statement, without its end');
    const parameters = new Set(value.match(/\$[A-Za-z0-9_]+/g) ?? []);
    return parameters.size === 1 && parameters.has('$1')
      ? { ok: true, value }
      : malformed('does not hold $1, and no other parameter', 'write $1 where the object stands');
  },
});

const fields = object({
  type: required(word(['sql']), 'Source: a table of a database that is only read.'),
  store: required(
    store,
    'file:PATH of a SQLite database, or postgres://… of a PostgreSQL one; a password only by reference.',
  ),
  table: optional(identifier('a table', 2), 'Table with a row for each object and owner.'),
  keyColumn: optional(identifier('a column', 1), 'Its column with the object.'),
  ownerColumn: optional(
    identifier('a column', 1),
    'Its column with the owner; several rows, or an array, are several owners.',
  ),
  query: optional(
    statement,
    'In place of the three: a SELECT with $1 for the object. Its first column is the owner; the second, if there is one, the object, which has to be the very text that was asked.',
  ),
  ...QUESTION_FIELDS,
  ...MEMORY_FIELDS,
});

/** `type: sql`. */
export const sqlOwners: Schema<OwnerLookupConfig> = refined(fields, (value, node, path, context) => {
  const memory = memoryPolicy(value, node, path, context);
  const written = statementOf(value, node, path, context);
  const database = databaseOf(value, node, path, context);
  if (memory === INVALID || written === INVALID || database === INVALID) return INVALID;
  const { timeoutSeconds, questionsMax } = value;
  return { type: 'sql', database, statement: written, timeoutSeconds, questionsMax, ...memory };
});

interface SqlValues {
  readonly store: StoreAddress;
  readonly table: string | undefined;
  readonly keyColumn: string | undefined;
  readonly ownerColumn: string | undefined;
  readonly query: string | undefined;
  readonly allowPrivateAddresses: boolean;
}

function statementOf(
  { table, keyColumn, ownerColumn, query }: SqlValues,
  node: SourceNode,
  path: SourcePath,
  context: Pick<ReadContext, 'report'>,
): string | typeof INVALID {
  const limit = `LIMIT ${OWNER_ROWS_MAX + 1}`;
  const named = [table, keyColumn, ownerColumn].filter((one) => one !== undefined).length;
  if (query !== undefined && named === 0) return `SELECT * FROM (\n${query}\n) AS answer ${limit}`;
  if (query === undefined && table !== undefined && keyColumn !== undefined && ownerColumn !== undefined) {
    // Columns stand behind the table's alias: alone, SQLite can take a quoted name that is not there for a text.
    const from = table.split('.').map((part) => `"${part}"`);
    return `SELECT t."${ownerColumn}", CAST(t."${keyColumn}" AS text) FROM ${from.join('.')} AS t WHERE t."${keyColumn}" = $1 ${limit}`;
  }
  const message =
    query === undefined
      ? 'table, keyColumn and ownerColumn belong together'
      : 'query stands in place of table and columns';
  context.report('SP132', node.position, path, message);
  return INVALID;
}

function databaseOf(
  { store: address, allowPrivateAddresses }: SqlValues,
  node: SourceNode,
  path: SourcePath,
  context: Pick<ReadContext, 'report'>,
): OwnerDatabase | typeof INVALID {
  if (address.kind === 'sqlite') return address;
  const place = [...path, 'store'];
  const at = entryNode(node, 'store');
  const mode = URL.parse(address.url)?.searchParams.get('sslmode') ?? null;
  if (!lintOutside(VERIFYING.includes(mode), allowPrivateAddresses, at, place, context)) return INVALID;
  return { kind: 'postgres', url: address.url, allowPrivateAddresses };
}
