import type { SourcePath } from './diagnostics.ts';
import { didYouMean } from './did-you-mean.ts';
import { INVALID, type ReadContext } from './schema-types.ts';
import { shownLiteral } from './shown-text.ts';
import type { Position, ScalarNode, SourceNode } from './source-tree.ts';

/** Reports a value of the wrong kind. Says what kind stands there, never the value. */
export function wrongKind(node: SourceNode, path: SourcePath, context: ReadContext, expected: string): typeof INVALID {
  context.report('SP012', node.position, path, `expected ${expected}; found ${kindText(node)}`);
  return INVALID;
}

/** Reports a word that is not in the list, with the one that was probably meant. */
export function reportNotOneOf(
  node: SourceNode,
  words: readonly string[],
  path: SourcePath,
  context: ReadContext,
): void {
  const value = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
  const meant = value === undefined ? undefined : didYouMean(value, words);
  const shown = value === undefined ? kindText(node) : shownLiteral(value);
  const fix = meant === undefined ? `write one of ${words.join(', ')}` : `did you mean "${meant}"?`;
  context.report('SP013', node.position, path, `${shown} is not one of ${words.join(', ')}`, fix);
}

/** Reports a key that does not exist here, with the one that was probably meant, which it returns. */
export function reportUnknownKey(
  key: string,
  names: readonly string[],
  position: Position,
  path: SourcePath,
  context: ReadContext,
): string | undefined {
  const meant = didYouMean(key, names);
  const fix = meant === undefined ? `remove it; the keys here are ${names.join(', ')}` : `did you mean "${meant}"?`;
  context.report('SP010', position, [...path, key], `there is no key ${shownLiteral(key)} here`, fix);
  return meant;
}

/** Whether text may name an upstream, authenticator, route or consumer. Names of built-in object members are refused. */
export function isName(text: string): boolean {
  return NAME.test(text) && !(text in Object.prototype);
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const NAME_PATTERN = NAME.source;

function kindText(node: SourceNode): string {
  if (node.kind !== 'scalar') return `a ${node.kind}`;
  return scalarKindText(node);
}

function scalarKindText(node: ScalarNode): string {
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'string') return 'text';
  return typeof node.value === 'number' ? 'a number' : `${node.value}`;
}

/** How a message names the value at a path: its key, or its list and index. */
export function stepText(path: SourcePath): string {
  const last = path.at(-1);
  const owner = path.at(-2);
  if (last === undefined) return 'the file';
  if (typeof last === 'string') return isName(last) ? last : shownLiteral(last);
  return typeof owner === 'string' ? `${owner}[${last}]` : `item ${last}`;
}
