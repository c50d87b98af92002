import type { Call } from '../core/call.ts';
import type { BindingPolicy } from '../core/configuration.ts';
import type { Binding } from '../core/principal.ts';
import type { PresentedToken } from './bearer-token.ts';
import { certificateThumbprint } from './certificate-binding.ts';
import type { DpopError, DpopResult, DpopVerifier } from './dpop.ts';
import type { ForwardedSource } from './forwarded-certificate.ts';
import type { Confirmation, TokenRefusal } from './token-claims.ts';

/** What proving possession needs besides the call. */
export interface SenderConstraintOptions {
  readonly policy: BindingPolicy;
  readonly dpop: DpopVerifier;
  /** Where trusted proxies forward the certificate of the client; undefined: only those of the handshake count. */
  readonly forwarded: ForwardedSource | undefined;
}

export type BindingJudgement =
  | { readonly kind: 'ok'; readonly binding: Binding; readonly answerFields: readonly string[] | undefined }
  | {
      readonly kind: 'refused';
      readonly refusal: TokenRefusal;
      readonly error: DpopError;
      readonly answerFields: readonly string[] | undefined;
    }
  | { readonly kind: 'unknown'; readonly detail: string };

/**
 * Whether the caller may use a token that says what it is bound to (RFC 7800 §3.1). A bound token has to be proved under
 * every policy: presented as a plain one it is a stolen one (RFC 9449 §7.2, RFC 8705 §3). On every use, cached or not.
 * Does not verify the token.
 */
export function judgeBinding(
  call: Call,
  presented: PresentedToken,
  confirmation: Confirmation,
  { policy, dpop, forwarded }: SenderConstraintOptions,
  nowMs: number,
): BindingJudgement {
  switch (confirmation.kind) {
    case 'none':
      if (policy.require !== 'none') return UNBOUND;
      return presented.scheme === 'dpop' ? NOTHING_TO_PROVE : PLAIN;
    case 'jkt':
      if (policy.require === 'mtls') return OTHER_BINDING;
      if (presented.scheme !== 'dpop') return DOWNGRADED;
      return judgeProof(dpop.verify(call, { text: presented.text, thumbprint: confirmation.thumbprint }, nowMs));
    case 'x5t':
      if (policy.require === 'dpop') return OTHER_BINDING;
      if (presented.scheme === 'dpop') return NOTHING_TO_PROVE;
      return judgeCertificate(certificateThumbprint(call, forwarded), confirmation.thumbprint);
  }
}

function judgeProof(result: DpopResult): BindingJudgement {
  switch (result.kind) {
    case 'ok':
      return { kind: 'ok', binding: 'dpop', answerFields: result.answerFields };
    case 'unknown':
      return result;
    case 'refused': {
      const { reason, signal, detail, error, answerFields } = result;
      return { kind: 'refused', refusal: { reason, signal, detail }, error, answerFields };
    }
  }
}

function judgeCertificate(shown: string | undefined, bound: string): BindingJudgement {
  if (shown === undefined) return NO_CERTIFICATE;
  // Neither is a secret: the one is public, the other in the caller's own token.
  return shown === bound ? CERTIFICATE : OTHER_CERTIFICATE;
}

const PLAIN: BindingJudgement = Object.freeze({ kind: 'ok', binding: 'none', answerFields: undefined });
const CERTIFICATE: BindingJudgement = Object.freeze({ kind: 'ok', binding: 'mtls', answerFields: undefined });
const UNBOUND = refused('token.unbound', 'the token is bound to nothing, and has to be');
const OTHER_BINDING = refused('token.binding_other', 'the token is bound in another way than is asked for');
const NOTHING_TO_PROVE = refused('dpop.token_unbound', 'the token came as one bound to a key and is not');
const DOWNGRADED = refused('jwt.bearer_downgrade', 'the token is bound to a key and came without a proof');
const NO_CERTIFICATE = refused('certificate.binding_missing', 'the token is bound to a certificate and none was shown');
const OTHER_CERTIFICATE = refused('certificate.binding_other', 'the token is bound to another certificate');

function refused(signal: string, detail: string): BindingJudgement {
  return Object.freeze({
    kind: 'refused',
    refusal: { reason: 'authn.token_binding', signal, detail },
    error: 'invalid_token',
    answerFields: undefined,
  } as const);
}
