import type { StepUpPolicy, TokenClaimsPolicy } from '../core/configuration.ts';

/** `WWW-Authenticate` values of one method that takes tokens, written once. */
export interface TokenChallenges {
  /** No token came: no error is named (RFC 6750 §3.1). */
  readonly invitation: string;
  /** One came and is not good, whatever is wrong with it. */
  readonly invalidToken: string;
  /** The proof beside it is not good (RFC 9449 §7.1). */
  readonly invalidProof: string;
  /** The proof needs a nonce of ours (RFC 9449 §9). */
  readonly useNonce: string;
  /** The sign-in behind it is too weak or too old (RFC 9470 §3). */
  readonly stepUp: string;
}

/** `resourceMetadata`: address of the metadata of this resource (RFC 9728 §5.1), or undefined. */
export function tokenChallenges(policy: TokenClaimsPolicy, resourceMetadata: string | undefined): TokenChallenges {
  const metadata = resourceMetadata === undefined ? '' : `, resource_metadata="${quotable(resourceMetadata)}"`;
  const bearer = `Bearer realm="sallyport"${metadata}`;
  const dpop = `DPoP realm="sallyport", algs="${policy.binding.dpop.algorithms.join(' ')}"${metadata}`;
  const onlyProofs = policy.binding.require === 'dpop';
  const withError = (error: string): string =>
    onlyProofs ? `${dpop}, error="${error}"` : `${bearer}, error="${error}", ${dpop}`;
  return {
    invitation: onlyProofs ? dpop : `${bearer}, ${dpop}`,
    invalidToken: withError('invalid_token'),
    invalidProof: `${dpop}, error="invalid_dpop_proof"`,
    useNonce: `${dpop}, error="use_dpop_nonce"`,
    stepUp: `${onlyProofs ? dpop : bearer}, error="insufficient_user_authentication"${stepUpParameters(policy.stepUp)}`,
  };
}

function stepUpParameters({ acrValues, maxAgeSeconds }: StepUpPolicy): string {
  const acr = acrValues.length === 0 ? '' : `, acr_values="${quotable(acrValues.join(' '))}"`;
  return maxAgeSeconds === 0 ? acr : `${acr}, max_age="${maxAgeSeconds}"`;
}

/** What may stand between quotes (RFC 9110 §5.6.4); anything else is left out. */
function quotable(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 && code <= 0x7e && code !== 0x22 && code !== 0x5c) out += text[i];
  }
  return out;
}
