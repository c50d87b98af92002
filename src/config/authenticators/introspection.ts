import type { IntrospectionAuthenticatorConfig } from '../../core/configuration.ts';
import { duration } from '../formats-units.ts';
import { object, optional, required, withDefault } from '../schema.ts';
import { entryNode } from '../schema-collections.ts';
import { INVALID, type Schema } from '../schema-types.ts';
import { boolean, word } from '../schema-values.ts';
import { label, secret, serverUrl } from './formats.ts';
import { CLAIM_FIELDS, claimsPolicy, tokenLocation } from './token-claims.ts';
import { lintServer } from './token-lint.ts';

const fields = object({
  type: required(word(['introspection']), 'Method: tokens an issuer is asked about (RFC 7662).'),
  endpoint: required(serverUrl('the address of the introspection endpoint'), 'Introspection endpoint of the issuer.'),
  clientId: required(label('a client id', 256), 'Client the gateway is at the issuer.'),
  clientSecret: required(secret('the secret of that client'), 'Its secret.'),
  issuer: optional(label('an issuer', 512), 'Expected iss of answers that have one.'),
  ...CLAIM_FIELDS,
  cacheSeconds: withDefault(duration(0, 300), 30, 'How long an answer that a token is active is believed.'),
  negativeCacheSeconds: withDefault(duration(0, 60), 5, 'How long an answer that it is not is believed.'),
  timeoutSeconds: withDefault(duration(0.1, 30), 2, 'Time the issuer has to answer.'),
  allowPrivateAddresses: withDefault(
    boolean(),
    false,
    'true: the endpoint may be at a private or loopback address, and may be asked in plain HTTP.',
  ),
});

/** `type: introspection`. */
export const introspection: Schema<IntrospectionAuthenticatorConfig> = {
  ...fields,
  read(node, path, context) {
    const value = fields.read(node, path, context);
    if (value === INVALID) return INVALID;
    if (
      !lintServer(
        value.endpoint,
        value.allowPrivateAddresses,
        entryNode(node, 'endpoint'),
        [...path, 'endpoint'],
        context,
      )
    )
      return INVALID;
    return {
      type: 'introspection',
      endpoint: value.endpoint,
      clientId: value.clientId,
      clientSecret: value.clientSecret,
      issuer: value.issuer,
      location: tokenLocation(value),
      claims: claimsPolicy(value, String(path.at(-1) ?? '')),
      outbound: { timeoutSeconds: value.timeoutSeconds, allowPrivateAddresses: value.allowPrivateAddresses },
      cacheSecondsMax: value.cacheSeconds,
      negativeCacheSecondsMax: value.negativeCacheSeconds,
      tokenBytesMax: value.maxTokenBytes,
    };
  },
};
