import type { ApiKeyAuthenticatorConfig, AuthenticatorConfig } from '../core/configuration.ts';
import { basic } from './authenticators/basic.ts';
import { hmac } from './authenticators/hmac.ts';
import { httpSignature } from './authenticators/http-signature.ts';
import { introspection } from './authenticators/introspection.ts';
import { jwt } from './authenticators/jwt.ts';
import { mtls } from './authenticators/mtls.ts';
import { ownTokens } from './authenticators/own-tokens.ts';
import { DEFAULT_KEY_HEADER } from './defaults.ts';
import { credentialHeader } from './formats-network.ts';
import { object, required, withDefault } from './schema.ts';
import { tagged } from './schema-collections.ts';
import type { Schema } from './schema-types.ts';
import { word } from './schema-values.ts';

const apiKey: Schema<ApiKeyAuthenticatorConfig> = object({
  type: required(word(['api-key']), 'Method: API keys of this gateway.'),
  header: withDefault(credentialHeader(), DEFAULT_KEY_HEADER, 'Header the key is read from, in any case.'),
});

/** One authenticator: its `type` says what else stands there. */
export const authenticators: Schema<AuthenticatorConfig> = tagged<AuthenticatorConfig>(
  'type',
  { 'api-key': apiKey, issuer: ownTokens, jwt, introspection, mtls, 'http-signature': httpSignature, hmac, basic },
  {},
);
