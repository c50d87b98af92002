import { publicCode, REASONS, type ReasonCode, reasonOf } from '../core/reasons.ts';

/** Everything but the request id, put together once: an answer costs two concatenations. */
const BEGINNINGS: ReadonlyMap<string, string> = new Map(
  (Object.keys(REASONS) as ReasonCode[]).map((code) => {
    const shown = publicCode(code);
    const { title, status } = reasonOf(code);
    const members = JSON.stringify({ type: `urn:sallyport:reason:${shown}`, title, status, code: shown });
    return [code, `${members.slice(0, -1)},"requestId":"`];
  }),
);

/** The problem document of a reason (RFC 9457 §3). ASCII only, so that its length is its number of bytes. */
export function problemBody(code: ReasonCode, requestId: string): string {
  return `${BEGINNINGS.get(code)}${requestId}"}`;
}
