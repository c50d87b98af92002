import { publicCode, REASONS, type ReasonCode, reasonOf } from '../core/reasons.ts';
import type { ProblemError } from '../core/verdict.ts';

/** Everything but the request id, put together once: an answer costs two concatenations. */
const BEGINNINGS: ReadonlyMap<string, string> = new Map(
  (Object.keys(REASONS) as ReasonCode[]).map((code) => {
    const shown = publicCode(code);
    const { title, status } = reasonOf(code);
    const members = JSON.stringify({ type: `urn:sallyport:reason:${shown}`, title, status, code: shown });
    return [code, `${members.slice(0, -1)},"requestId":"`];
  }),
);

/**
 * The problem document of a reason (RFC 9457 §3), with where the call departs from what is documented. ASCII only, so that
 * its length is its number of bytes.
 */
export function problemBody(code: ReasonCode, requestId: string, errors: readonly ProblemError[] = []): string {
  const end = errors.length === 0 ? '"}' : `","errors":${inAscii(JSON.stringify(errors))}}`;
  return `${BEGINNINGS.get(code)}${requestId}${end}`;
}

function inAscii(json: string): string {
  let text = '';
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    text += code < 0x7f ? json[i] : `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return text;
}
