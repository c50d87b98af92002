import { isScalar, parseDocument, visit } from 'yaml';
import { CONFIGURATION_SCHEMA } from './configuration-schema.ts';
import { findCredentials } from './lint-credentials.ts';
import { expandRouteGroups } from './route-groups.ts';
import type { ReadContext } from './schema-types.ts';
import { holdsCredential } from './shown-text.ts';
import { parseSource, type SourceNode } from './source-tree.ts';

const MASK = '"(not shown)"';
const MASKED_LINE = '# (not shown)';
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'secret',
  'secrets',
  'clientSecret',
  'password',
  'passwordHash',
  'token',
]);

/**
 * The text of a configuration for somebody who may not see secrets: those that stand in it are taken out, references to
 * them stay. Nothing at all is shown of a text that cannot be read, for nobody knows what stands where in it.
 * Does not recognise secrets of other systems in comments.
 */
export function maskedText(text: string): { readonly text: string; readonly isMasked: boolean } {
  const { root } = parseSource(text);
  if (root === undefined) return { text: '', isMasked: text !== '' };
  const secrets = secretsIn(root);
  const ranges: (readonly [number, number])[] = [];
  visit(parseDocument(text, { schema: 'core' }), {
    Scalar: (_key, node) => {
      if (!isScalar(node) || node.range === null || node.range === undefined) return;
      const value = String(node.value);
      if (secrets.has(value) || holdsCredential(value)) ranges.push([node.range[0], node.range[1]]);
    },
  });
  let shown = text;
  for (const [start, end] of ranges.sort((one, other) => other[0] - one[0])) {
    // A block keeps the line break behind it.
    const tail = shown.slice(start, end).endsWith('\n') ? '\n' : '';
    shown = `${shown.slice(0, start)}${MASK}${tail}${shown.slice(end)}`;
  }
  const lines = shown.split('\n').map((line) => (holdsCredential(line) ? MASKED_LINE : line));
  const masked = lines.join('\n');
  return { text: masked, isMasked: masked !== text };
}

/** Literal values where the schema takes secrets, as reading it reports them, and whatever stands under such a name: a text with mistakes is not read to its end. */
function secretsIn(root: SourceNode): ReadonlySet<string> {
  const positions = new Set<string>();
  const context: ReadContext = {
    report: (code, { line, column }) => {
      if (code === 'SP023') positions.add(`${line}:${column}`);
    },
    interpolate: (literal) => ({ kind: literal.includes('${') ? 'resolved' : 'literal', text: literal }),
    resolvePath: (path) => path,
    readFile: () => '',
  };
  findCredentials(root, context);
  const expanded = expandRouteGroups(root, context);
  for (const one of [root, expanded]) if (one !== undefined) CONFIGURATION_SCHEMA.read(one, [], context);
  const secrets = new Set<string>();
  const collect = (node: SourceNode, isNamed: boolean): void => {
    switch (node.kind) {
      case 'scalar': {
        const isLiteral = isNamed && node.value !== null && !isReference(String(node.value));
        if (isLiteral || positions.has(`${node.position.line}:${node.position.column}`))
          secrets.add(String(node.value));
        return;
      }
      case 'list':
        for (const item of node.items) collect(item, isNamed);
        return;
      case 'record':
        for (const { key, value } of node.entries) collect(value, isNamed || SECRET_NAMES.has(key));
    }
  };
  collect(root, false);
  return secrets;
}

/** Whether a value is references and nothing else: what stands beside one may be the secret. */
function isReference(text: string): boolean {
  return /^(?:\$\{[^{}]*\})+$/.test(text);
}

/** A configuration as plain data without the secrets that its references were resolved to. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return holdsCredential(value) ? '(not shown)' : value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) => [
      name,
      SECRET_NAMES.has(name) && item !== undefined && item !== null ? '(not shown)' : withoutSecrets(item),
    ]),
  );
}
