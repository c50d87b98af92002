import type { SourcePath } from './diagnostics.ts';
import type { ReadContext } from './schema-types.ts';
import { holdsCredential } from './shown-text.ts';
import type { SourceNode } from './source-tree.ts';

/**
 * Reports every API key, private key and URL with a password that stands in the file itself, wherever it stands.
 * Knows the form of this gateway's own keys; does not recognise secrets of other systems.
 */
export function findCredentials(node: SourceNode, context: Pick<ReadContext, 'report'>, path: SourcePath = []): void {
  switch (node.kind) {
    case 'scalar':
      if (typeof node.value === 'string' && holdsCredential(node.value)) {
        context.report('SP023', node.position, path, 'a credential stands in the file');
      }
      return;
    case 'list':
      for (const [index, item] of node.items.entries()) findCredentials(item, context, [...path, index]);
      return;
    case 'record':
      for (const entry of node.entries) {
        if (holdsCredential(entry.key))
          context.report('SP023', entry.keyPosition, path, 'a credential stands in the file');
        findCredentials(entry.value, context, [...path, entry.key]);
      }
  }
}
