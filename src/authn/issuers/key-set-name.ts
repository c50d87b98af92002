import type { JwtAuthenticatorConfig } from '../../core/configuration.ts';

/**
 * Name of the keys a configuration asks for: authenticator, issuer and place together, so that after a change of any of them
 * the keys of before are never taken for the new ones, nor the other way round.
 */
export function keySetName(
  authenticator: string,
  { issuer, keys }: Pick<JwtAuthenticatorConfig, 'issuer' | 'keys'>,
): string {
  return JSON.stringify([authenticator, issuer, keys.kind === 'url' ? keys.url : keys.kind]);
}
