import type { BasicAuthenticatorConfig, BasicUser } from '../../core/configuration.ts';
import { parsePasswordHash } from '../../crypto/password-hash.ts';
import { scope } from '../formats-network.ts';
import { name } from '../formats-places.ts';
import { object, required, withDefault } from '../schema.ts';
import { entryNode, list, record } from '../schema-collections.ts';
import { INVALID, type Schema } from '../schema-types.ts';
import { word } from '../schema-values.ts';
import { label, secret } from './formats.ts';

const userFields = object({
  passwordHash: required(
    secret('the hash of the password'),
    'Hash of the password, made by: sallyport passwords hash.',
  ),
  consumer: required(name('a consumer'), 'Consumer the user is.'),
  scopes: withDefault(list(scope(), { max: 200, unique: true }), [], 'Scopes of the user.', 'none'),
});

const user: Schema<BasicUser> = {
  ...userFields,
  read(node, path, context) {
    const value = userFields.read(node, path, context);
    if (value === INVALID) return INVALID;
    if (parsePasswordHash(value.passwordHash) === undefined) {
      context.report(
        'SP087',
        entryNode(node, 'passwordHash').position,
        [...path, 'passwordHash'],
        'this is not a hash that can be checked, or a weak one',
      );
      return INVALID;
    }
    return value;
  },
};

/** `type: basic`. */
export const basic: Schema<BasicAuthenticatorConfig> = object({
  type: required(
    word(['basic']),
    'Method: user name and password (RFC 7617). For people and old clients; prefer tokens.',
  ),
  realm: withDefault(label('a realm', 64), 'sallyport', 'Realm clients show their users.'),
  users: required(record('user', user, 'A user by name.', 1), 'Who may sign in, by user name.'),
});
