import type { HmacAuthenticatorConfig, HmacClient } from '../../core/configuration.ts';
import { scope } from '../formats-network.ts';
import { name } from '../formats-places.ts';
import { duration, size } from '../formats-units.ts';
import { object, required, withDefault } from '../schema.ts';
import { entryNode, list, record } from '../schema-collections.ts';
import { INVALID, type Schema } from '../schema-types.ts';
import { word } from '../schema-values.ts';
import { secret } from './formats.ts';
import { lintSharedSecret } from './shared-secret.ts';

const clientFields = object({
  secrets: required(
    list(secret('a secret of 32 bytes or more as base64'), { min: 1, max: 2 }),
    'Secrets of the client; two while one replaces the other.',
  ),
  consumer: required(name('a consumer'), 'Consumer the client is.'),
  scopes: withDefault(list(scope(), { max: 200, unique: true }), [], 'Scopes its requests have.', 'none'),
});

const client: Schema<HmacClient> = {
  ...clientFields,
  read(node, path, context) {
    const value = clientFields.read(node, path, context);
    if (value === INVALID) return INVALID;
    for (const [index, one] of value.secrets.entries())
      if (!lintSharedSecret(one, entryNode(node, 'secrets'), [...path, 'secrets', index], context)) return INVALID;
    return value;
  },
};

const fields = object({
  type: required(word(['hmac']), 'Method: requests signed with a shared secret.'),
  scheme: withDefault(
    word(['sallyport-hmac', 'standard-webhooks']),
    'sallyport-hmac',
    'sallyport-hmac signs the whole request; standard-webhooks signs id, time and body.',
  ),
  maxAgeSeconds: withDefault(duration(1, 3600), 300, 'How old a signature may be, and how far ahead.'),
  maxBodyBytes: withDefault(size(1, 64 * 2 ** 20), 2 ** 20, 'Largest body that is checked.', '1MiB'),
  clients: required(record('client', client, 'A client by its public id.', 1), 'Who may sign, by public client id.'),
});

/** `type: hmac`. */
export const hmac: Schema<HmacAuthenticatorConfig> = {
  ...fields,
  read(node, path, context) {
    const value = fields.read(node, path, context);
    if (value === INVALID) return INVALID;
    if (value.scheme === 'standard-webhooks' && Object.keys(value.clients).length !== 1) {
      context.report(
        'SP015',
        entryNode(node, 'clients').position,
        [...path, 'clients'],
        'a webhook does not say who sends it: exactly one client',
        'use an authenticator per sender',
      );
      return INVALID;
    }
    return {
      type: 'hmac',
      scheme: value.scheme,
      maxAgeSeconds: value.maxAgeSeconds,
      bodyBytesMax: value.maxBodyBytes,
      clients: value.clients,
    };
  },
};
