import type { Observation, Severity } from '../../core/finding.ts';
import type { SignInSignal } from '../../core/sign-in.ts';
import type { RefreshReuse } from './refresh-families.ts';
import type { Widening } from './token-exchange.ts';

/** What somebody should know of a refresh token that was presented again. */
export function reuseObservation(reuse: RefreshReuse, timeMs: number): Observation {
  const { kind, clientId, accountId, family, address } = reuse;
  const whose = `a refresh token of the client ${clientId}${accountId === '' ? '' : ` for ${accountId}`}`;
  const common = { actor: address, subject: family, timeMs, requestId: '' };
  switch (kind) {
    case 'grace':
      return {
        ...common,
        detector: 'oauth.refresh_repeated',
        severity: 'info',
        certainty: 0.2,
        title: `${whose} was presented again right after it was replaced, and answered with the same successor`,
      };
    case 'graceExhausted':
      return {
        ...common,
        detector: 'oauth.refresh_flood',
        severity: 'medium',
        certainty: 0.6,
        title: `${whose} was presented again more often than the grace allows`,
      };
    case 'reuse':
      return {
        ...common,
        detector: 'oauth.refresh_reuse',
        severity: 'high',
        certainty: 0.9,
        title: `${whose} was presented after it was replaced: it is stolen, or its successor is; the family is revoked`,
      };
  }
}

/** An authorization code that was redeemed before was presented again (RFC 6749 §4.1.2). */
export function codeReuseObservation(
  { clientId, accountId, address }: { readonly clientId: string; readonly accountId: string; readonly address: string },
  timeMs: number,
): Observation {
  return {
    detector: 'oauth.code_reuse',
    actor: address,
    subject: clientId,
    severity: 'high',
    certainty: 0.8,
    title: `an authorization code of the client ${clientId} for ${accountId} was presented twice: what it gave is revoked`,
    timeMs,
    requestId: '',
  };
}

/** An exchange that asked for more than the credential could do. */
export function wideningObservation(widening: Widening, timeMs: number): Observation {
  const { what, consumer, credentialId, clientId, wanted } = widening;
  return {
    detector: 'oauth.exchange_widening',
    actor: consumer === '' ? widening.address : consumer,
    subject: credentialId,
    severity: 'medium',
    certainty: 0.7,
    title: `an exchange by the client ${clientId} asked for ${what} the credential does not have: ${wanted.map(shown).join(', ')}`,
    timeMs,
    requestId: '',
  };
}

const SIGN_IN_SEVERITIES: Readonly<Record<SignInSignal['name'], Severity>> = {
  'sign_in.failed': 'info',
  'sign_in.throttled': 'low',
  'sign_in.passkey_refused': 'low',
  'sign_in.passkey_cloned': 'high',
  'sign_in.upstream_refused': 'low',
  'sign_in.upstream_failed': 'low',
  'sign_in.forged_form': 'low',
  'sign_in.invite_refused': 'low',
};

/** What happened when somebody signed in, or tried to. */
export function signInObservation({ name, accountId, address, detail }: SignInSignal, timeMs: number): Observation {
  return {
    detector: name,
    actor: address,
    subject: accountId ?? '',
    severity: SIGN_IN_SEVERITIES[name],
    certainty: name === 'sign_in.passkey_cloned' ? 0.8 : 0.3,
    title: `at sign-in: ${detail}`,
    timeMs,
    requestId: '',
  };
}

/** What a client wrote, shortened and without anything a terminal would obey. */
function shown(text: string): string {
  let clean = '';
  for (const character of text.slice(0, 80)) clean += character >= ' ' && character <= '~' ? character : '?';
  return JSON.stringify(clean);
}
