import type { Configuration, LeakPolicy, SecretScanningConfig } from '../core/configuration.ts';
import { serverUrl } from './authenticators/formats.ts';
import { lintServer } from './authenticators/token-lint.ts';
import { DEFAULT_API_KEYS } from './defaults.ts';
import { keyLabel } from './formats-places.ts';
import { duration } from './formats-units.ts';
import { object, optional, required, withDefault } from './schema.ts';
import { entryNode, refined, wordOrObject } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';
import { boolean, word } from './schema-values.ts';

const GRACE_SECONDS_MAX = 30 * 86_400;

const grace: Schema<LeakPolicy> = refined(
  object({
    revokeAfter: required(duration(60, GRACE_SECONDS_MAX), 'How long a leaked key works yet, at most 30 days.', '24h'),
  }),
  ({ revokeAfter }) => ({ revokeAfterSeconds: revokeAfter }),
);

const GITHUB_KEYS = 'https://api.github.com/meta/public_keys/secret_scanning';

const scanning = object({
  publicKeysUrl: withDefault(
    serverUrl('the address of the public keys'),
    GITHUB_KEYS,
    'Where the keys are that GitHub signs its messages with.',
  ),
  allowPrivateAddresses: withDefault(
    boolean(),
    false,
    'true: that address may be private or loopback, and may be plain HTTP.',
  ),
});

const secretScanning: Schema<SecretScanningConfig> = {
  ...scanning,
  read(node, path, context) {
    const value = scanning.read(node, path, context);
    if (value === INVALID) return INVALID;
    const place = entryNode(node, 'publicKeysUrl');
    return lintServer(value.publicKeysUrl, value.allowPrivateAddresses, place, path, context) ? value : INVALID;
  },
};

const HOUR_SECONDS = 3_600;
const YEAR_SECONDS = 366 * 86_400;

const fields = object({
  brand: withDefault(keyLabel(), DEFAULT_API_KEYS.brand, 'First part of every API key, by which scanners know it.'),
  environment: withDefault(
    keyLabel(),
    DEFAULT_API_KEYS.environment,
    'Second part of every API key, for instance live or test.',
  ),
  onLeak: withDefault<LeakPolicy>(
    wordOrObject<LeakPolicy, LeakPolicy>(word(['alert', 'revoke']), grace),
    DEFAULT_API_KEYS.onLeak,
    'What happens to a key that is seen in an answer, a query or a Referer, or that GitHub reports: a finding alone, or revoked too, at once or after revokeAfter.',
  ),
  uncompressedAnswers: withDefault(
    boolean(),
    DEFAULT_API_KEYS.uncompressedAnswers,
    'true: on routes that enforce, the API is asked for answers without compression, so that leaks are found in them.',
  ),
  secretScanning: optional(
    secretScanning,
    "Takes the messages of GitHub's secret scanning at /hooks/github/secret-scanning of the admin port. Without it there is no such path.",
  ),
  disableAfterIdle: optional(
    duration(HOUR_SECONDS, YEAR_SECONDS),
    'Keys unused for so long are disabled; a key may say otherwise. Without it none is.',
  ),
  warnBeforeExpiry: withDefault(
    duration(0, YEAR_SECONDS),
    DEFAULT_API_KEYS.warnBeforeExpirySeconds,
    'How long before a key ends there is a finding; 0: none.',
    '14d',
  ),
});

/** `apiKeys`. */
export const apiKeys: Schema<Configuration['apiKeys']> = refined(
  fields,
  ({ disableAfterIdle, warnBeforeExpiry, ...rest }) => ({
    ...rest,
    disableAfterIdleSeconds: disableAfterIdle ?? DEFAULT_API_KEYS.disableAfterIdleSeconds,
    warnBeforeExpirySeconds: warnBeforeExpiry,
  }),
);
