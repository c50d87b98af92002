/** RFC 9112 §7; `identity` is of RFC 2616 and still sent. */
const KNOWN_CODINGS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress', 'identity']);

/**
 * Whether a Transfer-Encoding is a list of known codings with `chunked` last, parameters aside: then it is clear, and
 * still not ours to forward, because we would pass the coded body on without naming its coding.
 */
export function endsInChunked(encoding: string): boolean {
  let coding = '';
  for (let from = 0; from <= encoding.length; ) {
    const comma = encoding.indexOf(',', from);
    const end = comma === -1 ? encoding.length : comma;
    if (from > 0 && !KNOWN_CODINGS.has(coding)) return false;
    coding = codingName(encoding.slice(from, end));
    from = end + 1;
  }
  return coding === 'chunked';
}

function codingName(member: string): string {
  const semicolon = member.indexOf(';');
  return (semicolon === -1 ? member : member.slice(0, semicolon)).trim().toLowerCase();
}
