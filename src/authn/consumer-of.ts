import type { ConsumerMapping } from '../core/configuration.ts';
import type { Claims } from '../core/principal.ts';

/** What is registered of consumers, for methods whose credentials do not bring it with them. */
export interface ConsumerDirectory {
  find(name: string): RegisteredConsumer | undefined;
}

export interface RegisteredConsumer {
  readonly groups: readonly string[];
  readonly tier: string;
  readonly disabled: boolean;
}

const NAME_CHARACTERS_MAX = 256;

/**
 * The consumer a token names: the configured claim, else `client_id` (RFC 9068 §2.2), else `azp` (OpenID Connect Core §2),
 * else `sub`. Empty where there is none, or where it is no visible ASCII: a name that looks like another is nobody's.
 */
export function consumerOf(claims: Claims, { claim, prefix }: ConsumerMapping): string {
  const value = claim === undefined ? (claims['client_id'] ?? claims['azp'] ?? claims['sub']) : claims[claim];
  if (typeof value !== 'string' || value === '' || value.length > NAME_CHARACTERS_MAX) return '';
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) return '';
  }
  return prefix + value;
}
