import type { IntrospectionAuthenticatorConfig } from '../core/configuration.ts';
import { parseStrictJson } from '../crypto/jose/strict-json.ts';
import type { JsonObject } from '../crypto/jose/types.ts';
import type { Fetch, OutboundAnswer } from '../ports.ts';

const ANSWER_BYTES_MAX = 65_536;
const JSON_LIMITS = { depthMax: 8, membersMax: 256 };

export type IntrospectionAnswer =
  | { readonly kind: 'active'; readonly claims: JsonObject }
  | { readonly kind: 'inactive' }
  /** Not answered, or with something that is no answer. `isDown`: it speaks of the server, not of this token. */
  | { readonly kind: 'unknown'; readonly detail: string; readonly isDown: boolean };

/**
 * Asks an issuer about a token (RFC 7662 §2): in the body, never in a query, and as a client of its own. `active` counts
 * only as the JSON value true or false. Does not judge the claims. Never rejects.
 */
export async function queryIntrospection(
  token: string,
  { endpoint, clientId, clientSecret, outbound }: IntrospectionAuthenticatorConfig,
  send: Fetch,
): Promise<IntrospectionAnswer> {
  let answer: OutboundAnswer;
  try {
    answer = await send({
      method: 'POST',
      url: endpoint,
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        authorization: basicOf(clientId, clientSecret),
      },
      body: `token=${encodeURIComponent(token)}&token_type_hint=access_token`,
      timeoutMs: outbound.timeoutSeconds * 1_000,
      bytesMax: ANSWER_BYTES_MAX,
      allowPrivateAddresses: outbound.allowPrivateAddresses,
    });
  } catch (error) {
    return unknown(error instanceof Error ? error.message : 'no answer', true);
  }
  if (answer.status === 401 || answer.status === 403)
    return unknown('the issuer refuses the gateway as its client', true);
  if (answer.status !== 200)
    return unknown(`it answered ${answer.status}`, answer.status >= 500 || answer.status === 429);
  const json = parseStrictJson(answer.body, JSON_LIMITS);
  if (!json.ok) return unknown(`what it answered is not usable: ${json.fault.detail}`);
  switch (json.value['active']) {
    case true:
      return { kind: 'active', claims: json.value };
    case false:
      return INACTIVE;
    default:
      return unknown('active is neither true nor false');
  }
}

const INACTIVE: IntrospectionAnswer = Object.freeze({ kind: 'inactive' });

function unknown(detail: string, isDown = false): IntrospectionAnswer {
  return { kind: 'unknown', detail: `introspection: ${detail}`, isDown };
}

/** RFC 6749 §2.3.1: both are form-encoded before they are put together. */
function basicOf(clientId: string, clientSecret: string): string {
  const encode = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+');
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`;
}
