import type { ReadContext } from './schema-types.ts';
import { holdsCredential } from './shown-text.ts';
import type { SourceNode } from './source-tree.ts';

/**
 * Reports every API key, private key and URL with a password that stands in the file itself, wherever it stands.
 * Knows the form of this gateway's own keys; does not recognise secrets of other systems.
 */
export function findCredentials(root: SourceNode, context: Pick<ReadContext, 'report'>): void {
  search(root, context, []);
}

/** `path` is one list for the whole search, written and taken back. */
function search(node: SourceNode, context: Pick<ReadContext, 'report'>, path: (string | number)[]): void {
  switch (node.kind) {
    case 'scalar':
      if (typeof node.value === 'string' && holdsCredential(node.value)) {
        context.report('SP023', node.position, [...path], 'a credential stands in the file');
      }
      return;
    case 'list':
      for (const [index, item] of node.items.entries()) {
        path.push(index);
        search(item, context, path);
        path.pop();
      }
      return;
    case 'record':
      for (const entry of node.entries) {
        if (holdsCredential(entry.key))
          context.report('SP023', entry.keyPosition, [...path], 'a credential stands in the file');
        path.push(entry.key);
        search(entry.value, context, path);
        path.pop();
      }
  }
}
