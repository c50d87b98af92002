import type { CustomFetch } from 'openid-client';
import type { SignInProviderConfig } from '../../core/sign-in.ts';
import type { Fetch } from '../../ports.ts';

const ANSWER_BYTES_MAX = 262_144;
/** Answers that have no body (Fetch Standard, null body status). */
const BODILESS: readonly number[] = [204, 205, 304];

/** Our own way out, in the shape the OpenID client asks for: bounded in time and size, and never redirected. */
export function upstreamFetch(
  send: Fetch,
  { timeoutSeconds, allowPrivateAddresses }: Pick<SignInProviderConfig, 'timeoutSeconds' | 'allowPrivateAddresses'>,
): CustomFetch {
  return async (url, { method, headers, body }) => {
    if (method !== 'GET' && method !== 'POST') throw new TypeError('an unexpected method');
    const text = body instanceof URLSearchParams ? body.toString() : body;
    if (text !== undefined && text !== null && typeof text !== 'string') throw new TypeError('an unexpected body');
    const answer = await send({
      method,
      url,
      headers,
      body: text ?? undefined,
      timeoutMs: timeoutSeconds * 1_000,
      bytesMax: ANSWER_BYTES_MAX,
      allowPrivateAddresses,
    });
    return new Response(BODILESS.includes(answer.status) ? null : Uint8Array.from(answer.body), {
      status: answer.status,
      headers: answer.headers,
    });
  };
}
