import { type DeciderConfig, SENT_FIELDS, type SentField } from '../core/deciders.ts';
import { label, secret, serverUrl } from './authenticators/formats.ts';
import { duration } from './formats-units.ts';
import { AUTHORITY_FIELD, lintAuthority, lintOutside, QUESTION_FIELDS } from './outside-schema.ts';
import { object, optional, required, withDefault } from './schema.ts';
import { entryNode, list, refined } from './schema-collections.ts';
import { INVALID, type Schema } from './schema-types.ts';
import { malformed, text, word } from './schema-values.ts';

const SENT_BY_DEFAULT: readonly SentField[] = [
  'method',
  'path',
  'parameters',
  'route',
  'subject',
  'consumer',
  'scopes',
  'groups',
  'tier',
];

/** Without these an AuthZEN question has no action, resource or subject. */
const NEEDED_BY_AUTHZEN: readonly SentField[] = ['method', 'route', 'subject'];

/** Fields that hold credentials wherever they come from. */
const CREDENTIAL_FIELDS: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'dpop',
  'signature',
  'x-api-key',
  'client-cert',
  'client-cert-chain',
  'x-forwarded-client-cert',
  'webhook-signature',
];

const fieldName: Schema<string> = text({
  expected: 'the name of a header field, in lower case',
  pattern: '^[a-z0-9-]{1,64}$',
  parse: (value) =>
    value.length <= 64 && /^[a-z0-9-]+$/.test(value) ? { ok: true, value } : malformed('is no name in lower case'),
});

const fields = object({
  type: required(
    word(['opa', 'authzen']),
    'opa: the Data API of the Open Policy Agent. authzen: the Authorization API 1.0 (OpenID AuthZEN).',
  ),
  url: required(
    serverUrl('the address that is asked'),
    'Address that is asked, as POST: http://HOST:8181/v1/data/PACKAGE/RULE of OPA, https://HOST/access/v1/evaluation of AuthZEN.',
  ),
  token: optional(secret('a bearer token'), 'Bearer token the gateway sends.'),
  send: withDefault(
    list(word(SENT_FIELDS), { max: SENT_FIELDS.length, unique: true }),
    SENT_BY_DEFAULT,
    'What of a call is sent. Credentials never are.',
    `[${SENT_BY_DEFAULT.join(', ')}]`,
  ),
  claims: withDefault(
    list(label('the name of a claim', 256), { max: 32, unique: true }),
    [],
    'Claims of the caller’s token that are sent too.',
    'none',
  ),
  headers: withDefault(
    list(fieldName, { max: 32, unique: true }),
    [],
    'Header fields that are sent too, where they come once.',
    'none',
  ),
  subjectType: withDefault(label('a type', 64), 'identity', '(authzen) Type of subjects.'),
  resourceType: withDefault(
    label('a type', 64),
    'route',
    '(authzen) Type of resources, whose id is that of the route.',
  ),
  ...QUESTION_FIELDS,
  ...AUTHORITY_FIELD,
  cacheSeconds: withDefault(
    duration(0, 300),
    0,
    'How long an answer is believed for exactly the same question; 0: not at all.',
  ),
  onFailure: withDefault(
    word(['unavailable', 'deny', 'rules']),
    'unavailable',
    'What counts while there is no answer. unavailable: the call is answered 503. deny: 403. rules: the other rules of the route decide, which then has to have some.',
  ),
});

/** A decider, of either kind. */
export const decider: Schema<DeciderConfig> = refined(fields, (value, node, path, context) => {
  const { cacheSeconds, ca, ...same } = value;
  let isGood = lintOutside(
    value.url.startsWith('https:'),
    value.allowPrivateAddresses,
    entryNode(node, 'url'),
    [...path, 'url'],
    context,
  );
  if (!lintAuthority(ca, value.url.startsWith('https:'), node, path, context)) isGood = false;
  const missing = NEEDED_BY_AUTHZEN.filter((field) => !value.send.includes(field));
  if (value.type === 'authzen' && missing.length > 0) {
    const place = [...path, 'send'];
    context.report('SP135', entryNode(node, 'send').position, place, `an AuthZEN question needs ${missing.join(', ')}`);
    isGood = false;
  }
  for (const [index, name] of value.headers.entries()) {
    if (!CREDENTIAL_FIELDS.includes(name)) continue;
    const at = entryNode(node, 'headers');
    const place = [...path, 'headers', index];
    context.report('SP136', at.position, place, `the field ${name} holds credentials`);
    isGood = false;
  }
  return isGood ? { ...same, caFile: ca, cacheSecondsMax: cacheSeconds } : INVALID;
});
