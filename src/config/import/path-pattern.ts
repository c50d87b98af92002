/**
 * Translates what is plainly a path out of a regular expression: literal segments, and groups or classes that stand for
 * one whole segment. `exact` is false where the template takes more than the expression.
 */
export type PatternReading =
  | { readonly kind: 'template'; readonly path: string; readonly exact: boolean }
  /** Not plain: `path` is the template of everything below its literal beginning. */
  | { readonly kind: 'unknown'; readonly path: string };

const SEGMENT_CLASS =
  /^(?:\((?:\?P?<([A-Za-z_][A-Za-z0-9_]{0,40})>)?)?(\[\^\/\]|\[[A-Za-z0-9_-]{1,40}\]|\\d|\\w)(?:\+|\{\d{1,4}(?:,\d{0,4})?\})\)?$/;
const LITERAL = /^[A-Za-z0-9_~-]+$/;

/** Reads a regular expression over paths, anchored at its beginning. Does not run it. */
export function readPathPattern(pattern: string): PatternReading {
  const body = pattern.replace(/^\^/, '');
  if (pattern.length > 512 || !body.startsWith('/')) return { kind: 'unknown', path: '/*' };
  const anchored = body.endsWith('$') && !body.endsWith('\\$');
  const inner = (anchored ? body.slice(0, -1) : body).replace(/\\([./_-])/g, (whole, character: string) =>
    character === '.' ? '\u0001' : character === '/' ? '/' : (character ?? whole),
  );
  const rest = /\/\(?\.[*+]\)?$/.exec(inner);
  const segments = (rest === null ? inner : inner.slice(0, rest.index)).slice(1).split(/\/(?![^[]*\])/);
  let path = '';
  let exact = true;
  const names = new Set<string>();
  for (const [index, segment] of segments.entries()) {
    const literal = segment.replaceAll('\u0001', '');
    if (segment === '' && segments.length === 1 && rest !== null) continue;
    if (LITERAL.test(literal)) {
      const last = index === segments.length - 1 && rest === null && !anchored;
      // What ends without `$` goes on within the segment: only the segments before it are sure.
      if (last) return { kind: 'unknown', path: `${path}/*` };
      path += `/${segment.replaceAll('\u0001', '.')}`;
      continue;
    }
    const match = SEGMENT_CLASS.exec(segment);
    if (match === null) return { kind: 'unknown', path: `${path}/*` };
    const name = match[1] !== undefined && !names.has(match[1]) ? match[1] : `segment${index + 1}`;
    names.add(name);
    if (match[2] !== '[^/]') exact = false;
    path += `/{${name}}`;
  }
  if (rest !== null || !anchored) return { kind: 'template', path: `${path}/*`, exact: rest !== null && exact };
  return { kind: 'template', path, exact };
}

const ALTERNATIVES_MAX = 32;
/** Less than an expression may have. */
const CONDITION_CHARACTERS_MAX = 3_500;
/** What stands for itself in an expression, and in a canonical path as well: unreserved characters (RFC 3986 §2.3) and `/`. */
const PLAIN = /^[A-Za-z0-9/_~.-]+$/;

/**
 * The same paths as an expression of rules, for a regular expression that is literal text with at most one group of
 * alternatives, anchored or not. Undefined where it says more. Does not run it.
 */
export function patternCondition(pattern: string): string | undefined {
  if (pattern.length > 512) return undefined;
  const marked = pattern.replace(/\\([./_~-])/g, (_, character: string) => (character === '.' ? DOT : character));
  const [, begin = '', body = '', end = ''] = /^(\^?(?:\.\*)?)(.*?)((?:\.\*)?\$?)$/.exec(marked) ?? [];
  const group = /^([^()|]*)\((?:\?:)?([^()]*)\)([^()|]*)$/.exec(body);
  const [, before = '', choices = '', after = ''] = group ?? [];
  const literals = (group === null ? [body] : choices.split('|').map((one) => before + one + after)).map((one) =>
    // A dot that was not escaped is any character, and is none of ours.
    one.replaceAll('.', '\0').replaceAll(DOT, '.'),
  );
  if (literals.length > ALTERNATIVES_MAX || !literals.every((one) => PLAIN.test(one))) return undefined;
  const atStart = begin === '^';
  const atEnd = end === '$';
  const condition = literals
    .flatMap((literal) => {
      if (!atEnd) return [`request.path.${atStart ? 'startsWith' : 'contains'}("${literal}")`];
      // `$` stands before a line feed at the end too, which is `%0A` in a canonical path.
      return [literal, `${literal}%0A`].map((one) =>
        atStart ? `request.path == "${one}"` : `request.path.endsWith("${one}")`,
      );
    })
    .join(' || ');
  return condition.length > CONDITION_CHARACTERS_MAX ? undefined : condition;
}

/** In place of a dot that stands for itself. */
const DOT = '\u0001';
