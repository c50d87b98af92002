import { assertNever } from '../core/assert-never.ts';
import { PATH_AMBIGUITIES, type PathAmbiguity } from '../core/call.ts';
import type { PathTreatment } from '../core/configuration.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { AMBIGUITY_BIT, canonicalPath, nestedEncoding } from './canonical-path.ts';

export { type CanonicalPath, canonicalPath, canonicalQuery, type PathFault } from './canonical-path.ts';

/** What becomes of an ambiguous path on its route. */
export type TreatedPath =
  | { readonly kind: 'forward'; readonly path: string }
  /** `path` is where to, without the query. */
  | { readonly kind: 'redirect'; readonly path: string }
  | { readonly kind: 'reject'; readonly reason: ReasonCode };

const REASON: Readonly<Record<PathAmbiguity, ReasonCode>> = Object.freeze({
  encodedSlash: 'path.encoded_slash',
  backslash: 'path.backslash',
  dotSegments: 'path.dot_segments',
  doubleSlash: 'path.double_slash',
  semicolon: 'path.semicolon',
  doubleEncoding: 'path.double_encoding',
});

/**
 * Applies a route's permissions to an ambiguous canonical path. Every ambiguity in it needs one, each not named is
 * refused, and so is what mending one ambiguity uncovers, unless the route keeps it. The result is canonical.
 * Does not check that a mended path still leads to the same route: where `forward` gives another path than it got, the
 * caller matches again and refuses with `path.route_changed` if the route differs.
 */
export function applyPathTreatments(
  path: string,
  ambiguities: number,
  treatments: Readonly<Partial<Record<PathAmbiguity, PathTreatment>>>,
): TreatedPath {
  let mended = path;
  let mends = false;
  let redirects = false;
  for (const name of PATH_AMBIGUITIES) {
    if ((ambiguities & AMBIGUITY_BIT[name]) === 0) continue;
    const treatment = treatments[name];
    if (treatment === 'keep') continue;
    if (treatment !== 'decode' && treatment !== 'redirect') return { kind: 'reject', reason: REASON[name] };
    mends = true;
    if (treatment === 'redirect') redirects = true;
    mended = mend(mended, name);
  }
  if (!mends) return { kind: 'forward', path };
  // Mending one thing may uncover another (`/a%2f..%2fb` becomes `/a/../b`), or be hindered by what is kept
  // (`/a/..%2fb` with its slash kept): then it still stands there.
  const again = canonicalPath(mended);
  if (again.kind === 'fault') return { kind: 'reject', reason: 'path.encoding' };
  for (const name of PATH_AMBIGUITIES)
    if ((again.ambiguities & AMBIGUITY_BIT[name]) !== 0 && treatments[name] !== 'keep')
      return { kind: 'reject', reason: REASON[name] };
  if (!redirects) return { kind: 'forward', path: again.path };
  // As a location, `//evil.example/` and `/\evil.example/` are another host (RFC 3986 §4.2).
  const second = again.path.charCodeAt(1);
  if (second === 0x2f) return { kind: 'reject', reason: 'path.double_slash' };
  if (second === 0x5c) return { kind: 'reject', reason: 'path.backslash' };
  return { kind: 'redirect', path: again.path };
}

function mend(path: string, ambiguity: PathAmbiguity): string {
  switch (ambiguity) {
    case 'encodedSlash':
      return path.replaceAll('%2F', '/');
    case 'backslash':
      return path.replaceAll('%5C', '/').replaceAll('\\', '/');
    case 'doubleSlash':
      return mergeSlashes(path);
    case 'dotSegments':
      return removeDotSegments(path);
    case 'semicolon':
      return removeParameters(path);
    case 'doubleEncoding':
      return decodeNested(path);
    default:
      return assertNever(ambiguity);
  }
}

function mergeSlashes(path: string): string {
  let out = '';
  let afterSlash = false;
  for (let i = 0; i < path.length; i++) {
    const slash = path.charCodeAt(i) === 0x2f;
    if (!slash || !afterSlash) out += path[i];
    afterSlash = slash;
  }
  return out;
}

/** RFC 3986 §5.2.4. */
function removeDotSegments(path: string): string {
  const segments = path.split('/');
  const out: string[] = [];
  for (const [index, segment] of segments.entries()) {
    if (segment === '..' && out.length > 1) out.pop();
    if (segment !== '.' && segment !== '..') out.push(segment);
    else if (index === segments.length - 1) out.push('');
  }
  return out.length === 1 ? '/' : out.join('/');
}

/** What servers that know path parameters (RFC 3986 §3.3) match by: each segment up to its first semicolon. */
function removeParameters(path: string): string {
  return path.replaceAll('%3B', ';').split('/').map(withoutParameter).join('/');
}

function withoutParameter(segment: string): string {
  const semicolon = segment.indexOf(';');
  return semicolon === -1 ? segment : segment.slice(0, semicolon);
}

/** One layer of `%25` off, only where it hides an encoding: `100%25` stays a hundred percent. */
function decodeNested(path: string): string {
  let out = '';
  let from = 0;
  for (let at = nestedEncoding(path, 0); at !== -1; at = nestedEncoding(path, from)) {
    out += `${path.slice(from, at)}%`;
    from = at + 3;
  }
  return out + path.slice(from);
}
