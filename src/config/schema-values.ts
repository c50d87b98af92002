import type { DiagnosticCode, SourcePath } from './diagnostics.ts';
import { didYouMean } from './did-you-mean.ts';
import { wrongKind } from './schema-reports.ts';
import { INVALID, type JsonSchema, type ReadContext, type Schema } from './schema-types.ts';
import { shownLiteral } from './shown-text.ts';
import type { SourceNode } from './source-tree.ts';

/** What a rule says of a scalar. `error` continues a sentence that begins with the value and never repeats it. */
export type ScalarReading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: DiagnosticCode; readonly error: string; readonly fix?: string };

export interface ScalarRule<T> {
  readonly expected: string;
  readonly jsonSchema: JsonSchema;
  /** True: `${env:NAME}` and `${file:PATH}` may stand in the value. */
  readonly interpolates: boolean;
  parse(value: string | number | boolean, context: ReadContext): ScalarReading<T>;
}

/** A single value, with its `${…}` resolved where the rule takes them. */
export function scalar<T>(rule: ScalarRule<T>): Schema<T> {
  return {
    expected: rule.expected,
    jsonSchema: rule.interpolates ? withInterpolation(rule.jsonSchema) : rule.jsonSchema,
    children: [],
    read(node, path, context) {
      if (node.kind !== 'scalar' || node.value === null) return wrongKind(node, path, context, rule.expected);
      const plain = typeof node.value === 'string' ? interpolated(node.value, node, rule, path, context) : node.value;
      if (plain === INVALID) return INVALID;
      const reading = rule.parse(plain, context);
      if (reading.ok) return reading.value;
      // A resolved value is never shown, only the reference it came from.
      const shown = shownLiteral(node.value);
      context.report(reading.code, node.position, path, `${shown} ${reading.error}`, reading.fix);
      return INVALID;
    },
  };
}

function interpolated(
  text: string,
  node: SourceNode,
  rule: { readonly interpolates: boolean; readonly expected: string },
  path: SourcePath,
  context: ReadContext,
): string | number | boolean | typeof INVALID {
  if (!text.includes('${')) return text;
  if (!rule.interpolates) {
    context.report('SP022', node.position, path, '${…} cannot stand here', `write ${rule.expected} itself`);
    return INVALID;
  }
  const result = context.interpolate(text);
  switch (result.kind) {
    case 'refused':
      context.report(result.code, node.position, path, result.message, result.fix);
      return INVALID;
    case 'literal':
      return result.text;
    case 'resolved':
      // Environment variables are text: a port or a switch is read from it the way YAML would have read it.
      if (DECIMAL.test(result.text)) return Number(result.text);
      return result.text === 'true' ? true : result.text === 'false' ? false : result.text;
  }
}

const DECIMAL = /^(?:0|[1-9]\d{0,14})$/;

function withInterpolation(jsonSchema: JsonSchema): JsonSchema {
  if (jsonSchema['type'] === 'string' && jsonSchema['enum'] === undefined && jsonSchema['pattern'] === undefined)
    return jsonSchema;
  return { anyOf: [jsonSchema, { type: 'string', pattern: '\\$\\{(env|file):[^}]+\\}' }] };
}

/** One word of a fixed list. */
export function word<const W extends string>(
  words: readonly W[],
  options?: { readonly interpolates?: boolean },
): Schema<W> {
  const listed = words.join(', ');
  const expected = words.length === 1 ? `"${listed}"` : `one of ${listed}`;
  return scalar<W>({
    expected,
    jsonSchema: { type: 'string', enum: [...words] },
    interpolates: options?.interpolates ?? false,
    parse(value) {
      const found = words.find((candidate) => candidate === value);
      if (found !== undefined) return { ok: true, value: found };
      const meant = typeof value === 'string' ? didYouMean(value, words) : undefined;
      const fix = meant === undefined ? `write ${expected}` : `did you mean "${meant}"?`;
      return { ok: false, code: 'SP013', error: `is not ${expected}`, fix };
    },
  });
}

/** A whole number within bounds. */
export function integer(min: number, max: number): Schema<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return scalar({
    expected,
    jsonSchema: { type: 'integer', minimum: min, maximum: max },
    interpolates: true,
    parse(value) {
      if (typeof value !== 'number')
        return { ok: false, code: 'SP012', error: `is not ${expected}`, fix: `write ${expected}, without quotes` };
      if (Number.isSafeInteger(value) && value >= min && value <= max) return { ok: true, value };
      return { ok: false, code: 'SP013', error: `is not ${expected}`, fix: `write ${expected}` };
    },
  });
}

/** `true` or `false`. */
export function boolean(): Schema<boolean> {
  return scalar({
    expected: 'true or false',
    jsonSchema: { type: 'boolean' },
    interpolates: true,
    parse: (value) =>
      typeof value === 'boolean'
        ? { ok: true, value }
        : { ok: false, code: 'SP012', error: 'is not true or false', fix: 'write true or false, without quotes' },
  });
}

export interface TextRule<T> {
  readonly expected: string;
  readonly interpolates?: boolean;
  /** Pattern for editors; the rule itself is `parse`. */
  readonly pattern?: string;
  parse(text: string, context: ReadContext): ScalarReading<T>;
}

/** Text of a form of its own. A number where text belongs is refused, not turned into text. */
export function text<T>(rule: TextRule<T>): Schema<T> {
  return scalar({
    expected: rule.expected,
    jsonSchema: rule.pattern === undefined ? { type: 'string' } : { type: 'string', pattern: rule.pattern },
    interpolates: rule.interpolates ?? false,
    parse(value, context) {
      const wrong = {
        ok: false,
        code: 'SP012',
        error: `is not text; expected ${rule.expected}`,
        fix: 'put the value in quotes',
      } as const;
      if (typeof value !== 'string') return wrong;
      if (value.length > TEXT_LENGTH_MAX)
        return { ok: false, code: 'SP013', error: `is longer than ${TEXT_LENGTH_MAX} characters` };
      return rule.parse(value, context);
    },
  });
}

const TEXT_LENGTH_MAX = 2048;

/** Refuses malformed text with what was expected. */
export function malformed(error: string, fix?: string): { ok: false; code: 'SP014'; error: string; fix?: string } {
  return fix === undefined ? { ok: false, code: 'SP014', error } : { ok: false, code: 'SP014', error, fix };
}
