import type { AuthenticatorConfig } from '../core/configuration.ts';
import { DEFAULT_KEY_HEADER } from './defaults.ts';
import { credentialHeader } from './formats-network.ts';
import { object, required, withDefault } from './schema.ts';
import { tagged } from './schema-collections.ts';
import type { Schema } from './schema-types.ts';
import { word } from './schema-values.ts';

const apiKey: Schema<AuthenticatorConfig> = object({
  type: required(word(['api-key']), 'Method: api-key.'),
  header: withDefault(credentialHeader(), DEFAULT_KEY_HEADER, 'Header the key is read from, in any case.'),
});

/** What the reserved kinds will be, for the message that refuses them. */
const RESERVED: Readonly<Record<string, string>> = {
  jwt: 'JSON Web Tokens of an issuer',
  introspection: 'tokens an issuer is asked about',
  mtls: 'client certificates',
  'http-signature': 'signed requests by RFC 9421',
  hmac: 'requests signed with a shared secret',
  basic: 'user name and password',
};

/** One authenticator: its `type` says what else stands there. */
export const authenticators: Schema<AuthenticatorConfig> = tagged('type', { 'api-key': apiKey }, RESERVED);

export const RESERVED_AUTHENTICATORS: readonly string[] = Object.keys(RESERVED);
