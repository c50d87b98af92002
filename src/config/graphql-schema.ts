import type { GraphqlConfig } from '../core/graphql.ts';
import { isJsonObject } from '../core/json-object.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { filePath } from './formats-places.ts';
import { size } from './formats-units.ts';
import { object, optional, withDefault } from './schema.ts';
import { entryNode, list, type RecordKeys, record } from './schema-collections.ts';
import { INVALID, type ReadContext, type Schema } from './schema-types.ts';
import { integer, malformed, text, word } from './schema-values.ts';

const NAME = /^[_A-Za-z][_0-9A-Za-z]{0,127}$/;
const NAMES: RecordKeys = { pattern: NAME.source, isValid: (key) => NAME.test(key) };
const PERSISTED_BYTES_MAX = 8 * 2 ** 20;
const PERSISTED_MAX = 50_000;

const fields = object({
  mode: withDefault(
    word(['observe', 'enforce']),
    'enforce',
    'observe: these bounds deny nothing, whatever the stage does.',
  ),
  depth: withDefault(integer(1, 500), 10, 'Fields within one another.'),
  aliases: withDefault(integer(0, 100_000), 15, 'Aliases, over all operations of a call.'),
  fields: withDefault(integer(1, 1_000_000), 200, 'Fields, each as often as its fragment is spread.'),
  directives: withDefault(integer(0, 100_000), 20, 'Directives.'),
  cost: withDefault(
    integer(1, 1_000_000_000),
    1000,
    'Cost: every field costs its weight, and what is below it as often as its list arguments say.',
  ),
  weights: withDefault(
    record('field', integer(0, 1_000_000), 'Cost of fields of this name.', 0, NAMES),
    {},
    'Costs of fields that are dearer or cheaper.',
    '1 each',
  ),
  listArguments: withDefault(
    list(fieldName(), { max: 32, unique: true }),
    ['first', 'last', 'limit'],
    'Arguments that say how many objects a field returns.',
    'first, last, limit',
  ),
  batch: withDefault(integer(1, 1000), 5, 'Operations in one call.'),
  tokens: withDefault(integer(1, 100_000), 2000, 'Words of a document; parsing stops there.'),
  maxBodyBytes: withDefault(size(1, 2 ** 24), 65_536, 'Largest body, and longest document.', '64KiB'),
  introspection: withDefault(
    word(['deny', 'allow']),
    'deny',
    'Whether the schema may be asked for (__schema, __type).',
  ),
  subscriptions: withDefault(
    word(['deny', 'allow']),
    'deny',
    'Whether subscriptions may be asked for over HTTP. WebSockets are refused.',
  ),
  persistedOnly: optional(
    filePath(),
    'JSON file of the only documents that are taken: id to text, or a manifest of Apollo.',
  ),
});

/** `inspect.graphql` of a route. */
export const graphql: Schema<GraphqlConfig> = {
  ...fields,
  read(node, path, context) {
    const value = fields.read(node, path, context);
    if (value === INVALID) return INVALID;
    let persisted: Readonly<Record<string, string>> | undefined;
    if (value.persistedOnly !== undefined) {
      const read = persistedDocuments(value.persistedOnly, context);
      if (typeof read === 'string') {
        const place = [...path, 'persistedOnly'];
        context.report('SP170', entryNode(node, 'persistedOnly').position, place, `the list of documents ${read}`);
        return INVALID;
      }
      persisted = read;
    }
    return {
      enforced: value.mode === 'enforce',
      depthMax: value.depth,
      aliasesMax: value.aliases,
      fieldsMax: value.fields,
      directivesMax: value.directives,
      costMax: value.cost,
      batchMax: value.batch,
      tokensMax: value.tokens,
      bodyBytesMax: value.maxBodyBytes,
      introspection: value.introspection === 'allow',
      subscriptions: value.subscriptions === 'allow',
      weights: value.weights,
      listArguments: value.listArguments,
      persisted,
    };
  },
};

/** Texts by id, or what is wrong with the file. */
function persistedDocuments(file: string, context: ReadContext): Readonly<Record<string, string>> | string {
  let content: string;
  try {
    content = context.readFile(file);
  } catch {
    return 'cannot be read';
  }
  const bytes = Buffer.from(content);
  if (bytes.length > PERSISTED_BYTES_MAX) return `is larger than ${PERSISTED_BYTES_MAX} bytes`;
  const json = parseJsonBody(bytes);
  if (json.kind !== 'value' || !isJsonObject(json.value)) return 'is no JSON object whose members stand once each';
  const { operations, format } = json.value;
  const entries =
    format === 'apollo-persisted-query-manifest' && Array.isArray(operations)
      ? operations.map(manifestEntry)
      : Object.entries(json.value);
  if (entries.length === 0 || entries.length > PERSISTED_MAX) return `names no document, or more than ${PERSISTED_MAX}`;
  const documents = new Map<string, string>();
  for (const [id, document] of entries) {
    if (typeof id !== 'string' || typeof document !== 'string' || document === '' || documents.has(id))
      return 'has an entry that is not an id, once, and its text';
    documents.set(id, document);
  }
  return Object.fromEntries(documents);
}

function manifestEntry(entry: unknown): readonly [unknown, unknown] {
  return isJsonObject(entry) ? [entry['id'], entry['body']] : [undefined, undefined];
}

function fieldName(): Schema<string> {
  return text({
    expected: 'the name of an argument such as first',
    pattern: NAME.source,
    parse: (value) => (NAME.test(value) ? { ok: true, value } : malformed('is no name of GraphQL')),
  });
}
