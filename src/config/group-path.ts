import { parseTemplate } from '../http/path-template.ts';
import { pathTemplate } from './path-template-schema.ts';
import { refined } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';

/** What is put before the paths of the routes of a group: a path template that ends with a whole segment. */
export function groupPath(): Schema<string> {
  return refined(pathTemplate(), (value, node, path, context) => {
    const parsed = parseTemplate(value);
    if (parsed.ok && !parsed.template.rest && (value === '/' || !value.endsWith('/'))) return value;
    const message = 'the path of a group ends neither with * nor with /';
    context.report('SP014', node.position, path, message, 'write literal segments and {name}, such as /shops/{shop}');
    return INVALID;
  });
}

/** The path of a route with those of its groups before it; `/` of a route is the group's own path. */
export function joinedPath(prefixes: readonly string[], path: string): string {
  // What is no path stays as it is, so that it is refused and not glued to another.
  if (!path.startsWith('/')) return path;
  const parts = [...prefixes, path].filter((part) => part !== '/');
  return parts.length === 0 ? '/' : parts.join('');
}
