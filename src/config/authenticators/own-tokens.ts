import type { JwtAuthenticatorConfig } from '../../core/configuration.ts';
import { type IssuerConfig, SIGNING_ALGORITHMS } from '../../core/issuer.ts';
import { object, required } from '../schema.ts';
import type { Schema } from '../schema-types.ts';
import { INVALID } from '../schema-types.ts';
import { word } from '../schema-values.ts';
import { CLAIM_FIELDS, claimsPolicy, tokenLocation } from './token-claims.ts';

/** Stands where the issuer is not known yet: what it is stands elsewhere in the file. */
const UNKNOWN_ISSUER = '';
/** Claim of our tokens that names the consumer. */
const CONSUMER_CLAIM = 'consumer';

const fields = object({
  type: required(word(['issuer']), 'Method: tokens of the embedded authorization server.'),
  ...CLAIM_FIELDS,
});

/** `type: issuer`. What of it depends on the issuer is filled in by `completeOwnTokens`. */
export const ownTokens: Schema<JwtAuthenticatorConfig> = {
  ...fields,
  read(node, path, context) {
    const value = fields.read(node, path, context);
    if (value === INVALID) return INVALID;
    const claims = claimsPolicy(value, String(path.at(-1) ?? ''));
    return {
      type: 'jwt',
      issuer: UNKNOWN_ISSUER,
      // A key serves one of them; which one may change while older keys are published.
      algorithms: SIGNING_ALGORITHMS,
      keys: { kind: 'own' },
      keySet: {
        refreshSeconds: 600,
        staleSecondsMax: 0,
        cooldownSeconds: 30,
        timeoutSeconds: 5,
        allowPrivateAddresses: false,
      },
      types: ['at+jwt'],
      location: tokenLocation(value),
      // Its clients name consumers that are registered here: nothing has to keep them apart from those of others.
      claims: {
        ...claims,
        skewSeconds: Math.min(claims.skewSeconds, 5),
        consumer:
          value.consumer.claim === undefined && value.consumer.prefix === undefined
            ? { claim: CONSUMER_CLAIM, prefix: '' }
            : claims.consumer,
      },
      toleratePadding: false,
      tokenBytesMax: value.maxTokenBytes,
      encryption: undefined,
    };
  },
};

/** Gives a method for our own tokens the issuer it is for; undefined where there is none. */
export function completeOwnTokens(
  config: JwtAuthenticatorConfig,
  issuer: IssuerConfig | undefined,
): JwtAuthenticatorConfig | undefined {
  if (config.keys.kind !== 'own') return config;
  if (issuer === undefined) return undefined;
  const { audiences } = config.claims;
  return {
    ...config,
    issuer: issuer.identifier,
    claims: {
      ...config.claims,
      audiences: audiences.length > 0 ? audiences : issuer.resources.map(({ audience }) => audience),
    },
  };
}
