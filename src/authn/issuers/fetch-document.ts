import { parseStrictJson } from '../../crypto/jose/strict-json.ts';
import type { JsonObject } from '../../crypto/jose/types.ts';
import type { Fetch, OutboundAnswer } from '../../ports.ts';

const DOCUMENT_BYTES_MAX = 262_144;
const JSON_LIMITS = { depthMax: 16, membersMax: 8_192 };
const REDIRECTS_MAX = 3;
/** RFC 9111 §1.2.2 asks for at least this much. */
const AGE_SECONDS_MAX = 2 ** 31;

export interface DocumentPolicy {
  readonly timeoutSeconds: number;
  readonly allowPrivateAddresses: boolean;
}

export type DocumentResult =
  | {
      readonly ok: true;
      readonly value: JsonObject;
      /** How long the server says it may be kept, or undefined where it says nothing. */
      readonly maxAgeSeconds: number | undefined;
    }
  | { readonly ok: false; readonly error: string };

/**
 * Gets a JSON object of an issuer. At most three redirects are followed, each to a URL that would have been allowed in the
 * first place: `https`, and an address that is public, unless the policy allows others. Never rejects; an error names what
 * is wrong and never what was answered.
 */
export async function fetchDocument(send: Fetch, url: string, policy: DocumentPolicy): Promise<DocumentResult> {
  let at = url;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    const fault = urlFault(at, policy);
    if (fault !== undefined) return { ok: false, error: fault };
    let answer: OutboundAnswer;
    try {
      answer = await send({
        method: 'GET',
        url: at,
        headers: { accept: 'application/json, application/jwk-set+json' },
        body: undefined,
        timeoutMs: policy.timeoutSeconds * 1_000,
        bytesMax: DOCUMENT_BYTES_MAX,
        allowPrivateAddresses: policy.allowPrivateAddresses,
      });
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : 'no answer' };
    }
    if (!isRedirect(answer.status)) return read(answer);
    const next = URL.parse(answer.headers['location'] ?? '', at);
    if (answer.headers['location'] === undefined || next === null)
      return { ok: false, error: 'it redirects to nowhere' };
    at = next.href;
  }
  return { ok: false, error: `it redirects more than ${REDIRECTS_MAX} times` };
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function urlFault(text: string, { allowPrivateAddresses }: DocumentPolicy): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'the address is no URL';
  if (url.username !== '' || url.password !== '') return 'the address holds a credential';
  if (url.protocol === 'https:' || (allowPrivateAddresses && url.protocol === 'http:')) return undefined;
  return 'the address is not https';
}

function read({ status, headers, body }: OutboundAnswer): DocumentResult {
  if (status !== 200) return { ok: false, error: `it answered ${status}` };
  const json = parseStrictJson(body, JSON_LIMITS);
  return json.ok
    ? { ok: true, value: json.value, maxAgeSeconds: maxAgeOf(headers['cache-control']) }
    : { ok: false, error: `what it answered is not usable: ${json.fault.detail}` };
}

/** `max-age`, or 0 for `no-store` and `no-cache` (RFC 9111 §5.2.2). */
function maxAgeOf(field: string | undefined): number | undefined {
  if (field === undefined) return undefined;
  let seconds: number | undefined;
  for (const part of field.toLowerCase().split(',', 32)) {
    const directive = part.trim();
    if (directive === 'no-store' || directive === 'no-cache') return 0;
    if (!directive.startsWith('max-age=')) continue;
    const value = Number(directive.slice('max-age='.length).replaceAll('"', ''));
    if (Number.isInteger(value) && value >= 0) seconds = Math.min(value, AGE_SECONDS_MAX);
  }
  return seconds;
}
