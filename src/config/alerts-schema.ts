import type { AlertWebhook } from '../core/configuration.ts';
import { SEVERITIES } from '../core/finding.ts';
import { secret, serverUrl } from './authenticators/formats.ts';
import { lintSharedSecret } from './authenticators/shared-secret.ts';
import { lintServer } from './authenticators/token-lint.ts';
import { object, required, withDefault } from './schema.ts';
import { entryNode } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';
import { boolean, word } from './schema-values.ts';

const fields = object({
  url: required(serverUrl('the address of the webhook'), 'Where alerts are sent, as POST.'),
  secret: required(secret('a secret of 32 bytes as base64'), 'What alerts are signed with (Standard Webhooks).'),
  minSeverity: withDefault(word(SEVERITIES), 'medium', 'Findings below it are not sent.'),
  allowPrivateAddresses: withDefault(
    boolean(),
    false,
    'true: the webhook may be at a private or loopback address, and may be plain HTTP.',
  ),
});

/** `alerts.webhook`. */
export const webhook: Schema<AlertWebhook> = {
  ...fields,
  read(node, path, context) {
    const value = fields.read(node, path, context);
    if (value === INVALID) return INVALID;
    const { url, minSeverity, allowPrivateAddresses } = value;
    if (!lintSharedSecret(value.secret, entryNode(node, 'secret'), [...path, 'secret'], context)) return INVALID;
    if (!lintServer(url, allowPrivateAddresses, entryNode(node, 'url'), path, context)) return INVALID;
    return { url, secret: value.secret, severityMin: minSeverity, allowPrivateAddresses };
  },
};
