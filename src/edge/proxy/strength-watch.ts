import { type Call, headerValue } from '../../core/call.ts';
import type { Principal } from '../../core/principal.ts';
import { parseApiKey } from '../../crypto/api-key-format.ts';
import type { CompiledRoute } from '../../pipeline/snapshot.ts';
import type { CredentialStrength } from '../../tokens/credential-strength.ts';

/**
 * What names of cookies of sessions hold; others may be as predictable as they like. The state of a sidebar, or an author, is
 * no session.
 */
const SESSION_NAME = /sess|sid(?![a-z])|auth(?!or(?!i))|token|login|remember|ticket/i;

/** A call that is over, as far as the strength of its credentials is judged. */
export interface JudgedCall {
  readonly call: Call;
  readonly route: CompiledRoute | undefined;
  readonly principal: Principal | undefined;
  /** `Set-Cookie` fields of the upstream. */
  readonly cookies: readonly string[];
  readonly nowMs: number;
}

/**
 * Looks at a sample of credentials that were verified, and of session cookies the API sets, after the answer has gone.
 * Answers signals of what is predictable; they hold figures, never a credential.
 */
export function strengthSignals(strength: CredentialStrength, judged: JudgedCall): readonly string[] {
  const { principal, cookies, nowMs } = judged;
  if (principal === undefined && cookies.length === 0) return NONE;
  if (!strength.takesSample(nowMs)) return NONE;
  const signals: string[] = [];
  const observe = (source: Parameters<CredentialStrength['observe']>[0], name: string, value: string): void => {
    const signal = strength.observe(source, name, value, nowMs);
    if (signal !== undefined) signals.push(signal);
  };
  if (principal !== undefined) {
    const { authenticator, method } = principal;
    if (method === 'jwt') {
      const id = principal.claims['jti'];
      if (typeof id === 'string') observe('jti', authenticator, id);
    } else if (method === 'introspection') observe('token', authenticator, bearerText(judged.call));
    else if (method === 'api-key') {
      const key = presentedKey(judged, authenticator);
      // Ours are random by their making.
      if (parseApiKey(key).kind !== 'ok') observe('key', authenticator, key);
    }
  }
  for (const cookie of cookies) {
    const equals = cookie.indexOf('=');
    const name = cookie.slice(0, Math.max(0, equals)).trim();
    if (!SESSION_NAME.test(name)) continue;
    const end = cookie.indexOf(';', equals);
    observe('cookie', name, cookie.slice(equals + 1, end < 0 ? undefined : end).trim());
  }
  return signals;
}

const NONE: readonly string[] = Object.freeze([]);

function bearerText({ headers }: Call): string {
  const value = headerValue(headers, 'authorization') ?? '';
  return value.slice(value.indexOf(' ') + 1);
}

function presentedKey({ call, route }: JudgedCall, authenticator: string): string {
  const header = route?.authenticators.find(({ name }) => name === authenticator)?.credentialHeaders[0];
  return header === undefined ? '' : (headerValue(call.headers, header) ?? '');
}
