import { parseFieldPath } from '../authz/fields/field-path.ts';
import type { FieldRule, FieldRules, FieldTerms, RequestVerb, ResponseVerb, RowRule } from '../core/field-rules.ts';
import type { SourcePath } from './diagnostics.ts';
import { type Field, type Fields, type FieldValues, object, optional, required, withDefault } from './schema.ts';
import { entryNode, oneOrList, refined } from './schema-collections.ts';
import { INVALID, type ReadContext, type Schema } from './schema-types.ts';
import { malformed, text, word } from './schema-values.ts';
import type { SourceNode } from './source-tree.ts';

const RULES_MAX = 24;
const PATHS_MAX = 200;

const fieldPath: Schema<string> = text({
  expected: 'a path such as items[].price, address.* or **.cardNumber',
  parse(value) {
    const parsed = parseFieldPath(value);
    return parsed.ok ? { ok: true, value } : malformed(parsed.error, parsed.fix);
  },
});

const rowsPath: Schema<string> = text({
  expected: 'a path of array elements such as items[]',
  parse(value) {
    const parsed = parseFieldPath(value);
    if (!parsed.ok) return malformed(parsed.error, parsed.fix);
    if (parsed.steps.at(-1)?.kind !== 'element') return malformed('does not end in []', `write ${value}[]`);
    if (parsed.steps.some(({ kind }) => kind === 'anyDepth'))
      return malformed('has ** in it: rows would be within rows');
    return { ok: true, value };
  },
});

/** Which fields of bodies may be set and seen, by conditions that are read by `fields`. */
export function fieldRules<C extends Fields>(
  fields: C,
  termsOf: (values: FieldValues<C>) => FieldTerms,
): Schema<FieldRules> {
  const terms: Schema<FieldTerms> = refined(
    object(fields),
    (value, node, path, context): FieldTerms | typeof INVALID => {
      if (node.kind === 'record' && node.entries.length > 0) return termsOf(value);
      context.report('SP120', node.position, path, 'a condition of a field rule asks nothing');
      return INVALID;
    },
  );
  const request = rules<RequestVerb>(
    {
      allow: optional(
        paths,
        'Fields that may be set. Where one rule allows, otherFields says what becomes of the others.',
      ),
      drop: optional(paths, 'Fields that are left out before the call goes on.'),
      deny: optional(paths, 'Fields that may not be set.'),
    },
    terms,
  );
  const response = rules<ResponseVerb>(
    {
      allow: optional(paths, 'Fields that may be seen. Where one rule allows, what no rule allows is left out.'),
      mask: optional(paths, 'Fields whose text becomes "***", and whose other values become null.'),
      drop: optional(paths, 'Fields that are left out.'),
      deny: optional(paths, 'Fields for which the whole answer is refused.'),
    },
    terms,
  );
  const whole: Schema<FieldRules> = object({
    request: withDefault(request, [], 'Which fields of bodies the caller may set.', 'all'),
    response: withDefault(response, [], 'Which fields of answers the caller may see.', 'all'),
    otherFields: withDefault(
      word(['deny', 'drop']),
      'deny',
      'What is done with fields of requests that no rule allows, where one rule allows.',
    ),
    otherTypes: withDefault(
      word(['deny', 'pass']),
      'deny',
      'What is done with bodies that are not JSON, whose fields cannot be read.',
    ),
  });
  return refined(whole, (value, node, path, context): FieldRules | typeof INVALID => {
    if (value.otherFields === 'deny' || value.request.some(({ verb }) => verb === 'allow')) return value;
    const { position } = entryNode(node, 'otherFields');
    context.report('SP123', position, [...path, 'otherFields'], 'no rule of request allows anything');
    return INVALID;
  });
}

export const rowRule: Schema<RowRule> = object({
  at: required(rowsPath, 'Where the rows stand in the answer.', '"items[]"'),
  owner: required(
    text({
      expected: 'an expression such as row.userId == principal.subject',
      parse: (value) => (value.trim() === '' ? malformed('is empty') : { ok: true, value }),
    }),
    'Expression (CEL) over row and the call that says whether a row is the caller’s.',
    'row.userId == principal.subject',
  ),
  do: withDefault(
    word(['report', 'drop', 'deny']),
    'report',
    'What is done about rows of others: recorded only, left out, or the whole answer refused.',
  ),
});

const paths = oneOrList(fieldPath, { min: 1, max: PATHS_MAX, unique: true });

function rules<Verb extends ResponseVerb>(
  verbs: Readonly<Record<Verb, Field<readonly string[] | undefined>>>,
  terms: Schema<FieldTerms>,
): Schema<readonly FieldRule<Verb>[]> {
  // The keys of a record are its own, and only those of the type.
  const names = Object.keys(verbs) as Verb[];
  const shape: Fields = {
    ...verbs,
    if: optional(terms, 'It counts where all of these hold.'),
    unless: optional(terms, 'It does not count where all of these hold.'),
  };
  const termsOf = (value: unknown): FieldTerms | undefined => value as FieldTerms | undefined;
  const rule: Schema<FieldRule<Verb>> = refined(
    object(shape),
    (value: Readonly<Record<string, unknown>>, node, path, context): FieldRule<Verb> | typeof INVALID => {
      const given = names.filter((name) => value[name] !== undefined);
      const [verb] = given;
      if (verb === undefined || given.length > 1) return notOne(names, node, path, context);
      return {
        verb,
        // Read by the schema of its key, above.
        paths: value[verb] as readonly string[],
        if: termsOf(value['if']),
        unless: termsOf(value['unless']),
      };
    },
  );
  return oneOrList(rule, { min: 1, max: RULES_MAX });
}

function notOne(names: readonly string[], node: SourceNode, path: SourcePath, context: ReadContext): typeof INVALID {
  context.report('SP121', node.position, path, `a field rule has exactly one of ${names.join(', ')}`);
  return INVALID;
}
