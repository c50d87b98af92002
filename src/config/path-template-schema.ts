import { parseTemplate } from '../http/path-template.ts';
import type { Schema } from './schema-types.ts';
import { malformed, text } from './schema-values.ts';
import { holdsCredential } from './shown-text.ts';

/** A path template of a route, as the router reads it. */
export function pathTemplate(): Schema<string> {
  return text({
    expected: 'a path such as /orders/{orderId} or /files/*',
    pattern: '^/',
    parse(value) {
      const parsed = parseTemplate(value);
      if (parsed.ok) return { ok: true, value };
      // The router's message quotes segments of the path.
      const reason = holdsCredential(value) ? 'is not a path' : `is not a path template: ${parsed.error}`;
      return malformed(
        reason,
        'write literal segments, {name} for one segment, and * only at the end, such as /orders/{orderId}',
      );
    },
  });
}
