import type { JweConfig, JwksSource, JwtAuthenticatorConfig } from '../../core/configuration.ts';
import { isJsonObject } from '../../core/json-object.ts';
import { parseStrictJson } from '../../crypto/jose/strict-json.ts';
import type { SourcePath } from '../diagnostics.ts';
import { filePath } from '../formats-places.ts';
import { duration } from '../formats-units.ts';
import { object, optional, required, withDefault } from '../schema.ts';
import { entryNode, list, wordOrObject } from '../schema-collections.ts';
import { INVALID, type ReadContext, type Schema } from '../schema-types.ts';
import { boolean, text, word } from '../schema-values.ts';
import type { SourceNode } from '../source-tree.ts';
import { isSymmetric, signatureAlgorithm } from './algorithms.ts';
import { plainRecord, secret, serverUrl } from './formats.ts';
import { CLAIM_FIELDS, claimsPolicy, tokenLocation } from './token-claims.ts';
import { lintDecryptionKeys, lintKeys, lintSecret, lintServer } from './token-lint.ts';

const jwks = wordOrObject(
  word(['discovery']),
  object({
    url: optional(serverUrl('the address of the key set'), 'Address of the key set (RFC 7517).'),
    file: optional(filePath(), 'File of the key set.'),
    keys: optional(list(plainRecord('a JSON Web Key'), { min: 1, max: 100 }), 'The public keys themselves.'),
  }),
);

const encryption: Schema<JweConfig> = object({
  keyManagement: withDefault(
    list(word(['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW']), { min: 1, max: 4, unique: true }),
    ['RSA-OAEP-256', 'ECDH-ES+A256KW'],
    'How the content key may be encrypted.',
    'RSA-OAEP-256, ECDH-ES+A256KW',
  ),
  contentEncryption: withDefault(
    list(word(['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512']), { min: 1, max: 4, unique: true }),
    ['A256GCM'],
    'How the content may be encrypted.',
    'A256GCM',
  ),
  privateKeys: required(
    list(secret('a private key as PEM (PKCS #8)'), { min: 1, max: 8 }),
    'Keys that tokens are encrypted to.',
  ),
});

const fields = object({
  type: required(word(['jwt']), 'Method: JSON Web Tokens of an issuer.'),
  issuer: required(issuerText(), 'The exact iss of the tokens.', '"https://id.example.com"'),
  ...CLAIM_FIELDS,
  algorithms: required(
    list(signatureAlgorithm(), { min: 1, max: 13, unique: true }),
    'Algorithms the issuer signs with. A key serves one algorithm.',
    '[ES256]',
  ),
  jwks: withDefault<JwksValue>(
    jwks,
    'discovery',
    'Where the keys of the issuer are: discovery (RFC 8414, OpenID Connect), or a record with url, file or keys.',
  ),
  secrets: optional(
    list(secret('a secret of at least the length of the hash'), { min: 1, max: 2 }),
    'Shared secrets, for HS256, HS384 and HS512 only; two while one replaces the other.',
  ),
  typ: withDefault(
    list(typeName(), { min: 1, max: 8, unique: true }),
    ['at+jwt'],
    'Accepted typ of the header. at+jwt is that of access tokens (RFC 9068); jwt and none are for issuers that write JWT or nothing, and cannot tell an ID token apart.',
    'at+jwt',
  ),
  toleratePadding: withDefault(boolean(), false, 'true: takes base64url with "=" from issuers that write it.'),
  refreshSeconds: withDefault(duration(5, 86_400), 600, 'How often the key set is fetched.', '10m'),
  staleSeconds: withDefault(
    duration(0, 604_800),
    86_400,
    'How long the last keys are believed while the issuer does not answer.',
    '24h',
  ),
  cooldownSeconds: withDefault(duration(1, 3600), 30, 'Shortest time between two fetches for an unknown key.'),
  timeoutSeconds: withDefault(duration(0.1, 60), 5, 'Time the issuer has to answer.'),
  allowPrivateAddresses: withDefault(
    boolean(),
    false,
    'true: the issuer may be at a private or loopback address, and may be asked in plain HTTP.',
  ),
  encryption: optional(encryption, 'Encrypted tokens around signed ones (RFC 7516). Without it they are refused.'),
});

type JwksValue =
  | 'discovery'
  | {
      readonly url?: string | undefined;
      readonly file?: string | undefined;
      readonly keys?: readonly Readonly<Record<string, unknown>>[] | undefined;
    };

/** `type: jwt`. */
export const jwt: Schema<JwtAuthenticatorConfig> = {
  ...fields,
  read(node, path, context) {
    const value = fields.read(node, path, context);
    if (value === INVALID) return INVALID;
    const name = String(path.at(-1) ?? '');
    if (value.audience.length === 0) {
      context.report(
        'SP011',
        node.position,
        [...path, 'audience'],
        `${name} needs the key "audience"`,
        'add audience: the name your issuer puts into aud for this API',
      );
      return INVALID;
    }
    const symmetric = value.algorithms.filter(isSymmetric);
    if (symmetric.length > 0 && symmetric.length < value.algorithms.length) {
      context.report(
        'SP082',
        entryNode(node, 'algorithms').position,
        [...path, 'algorithms'],
        'HS* stands beside algorithms with public keys',
      );
      return INVALID;
    }
    if (symmetric.length > 1) {
      const place = [...path, 'algorithms'];
      context.report(
        'SP015',
        entryNode(node, 'algorithms').position,
        place,
        'a secret serves one algorithm',
        'keep one of them',
      );
      return INVALID;
    }
    if (
      value.encryption !== undefined &&
      !lintDecryptionKeys(value.encryption, entryNode(node, 'encryption'), path, context)
    )
      return INVALID;
    const keys = keySource(value, symmetric.length > 0, node, path, context);
    if (keys === INVALID) return INVALID;
    if (
      !lintServer(
        keys.kind === 'discovery' ? value.issuer : keys.kind === 'url' ? keys.url : '',
        value.allowPrivateAddresses,
        entryNode(node, keys.kind === 'url' ? 'jwks' : 'issuer'),
        path,
        context,
      )
    )
      return INVALID;
    if (
      keys.kind === 'fixed' &&
      !lintKeys(keys.keys, value.algorithms, entryNode(node, 'jwks'), [...path, 'jwks'], context)
    )
      return INVALID;
    if (keys.kind === 'secrets')
      for (const [index, one] of keys.secrets.entries())
        if (!lintSecret(one, value.algorithms, entryNode(node, 'secrets'), [...path, 'secrets', index], context))
          return INVALID;
    return {
      type: 'jwt',
      issuer: value.issuer,
      algorithms: value.algorithms,
      keys,
      keySet: {
        refreshSeconds: value.refreshSeconds,
        staleSecondsMax: value.staleSeconds,
        cooldownSeconds: value.cooldownSeconds,
        timeoutSeconds: value.timeoutSeconds,
        allowPrivateAddresses: value.allowPrivateAddresses,
      },
      types: value.typ,
      location: tokenLocation(value),
      claims: claimsPolicy(value, name),
      toleratePadding: value.toleratePadding,
      tokenBytesMax: value.maxTokenBytes,
      encryption: value.encryption,
    };
  },
};

function keySource(
  value: { readonly jwks: JwksValue; readonly secrets: readonly string[] | undefined },
  symmetric: boolean,
  node: SourceNode,
  path: SourcePath,
  context: ReadContext,
): JwksSource | typeof INVALID {
  const given = entryNode(node, 'jwks');
  if (symmetric || value.secrets !== undefined) {
    if (!symmetric || value.secrets === undefined || given !== node) {
      context.report(
        'SP015',
        node.position,
        [...path, 'secrets'],
        'secrets belong to HS256, HS384 and HS512, and to them only',
        'give secrets and no jwks for HS*; jwks and no secrets otherwise',
      );
      return INVALID;
    }
    return { kind: 'secrets', secrets: value.secrets };
  }
  const { jwks: source } = value;
  if (source === 'discovery') return { kind: 'discovery' };
  const count = [source.url, source.file, source.keys].filter((one) => one !== undefined).length;
  if (count !== 1) {
    context.report(
      'SP015',
      given.position,
      [...path, 'jwks'],
      'exactly one of url, file and keys says where the keys are',
    );
    return INVALID;
  }
  if (source.url !== undefined) return { kind: 'url', url: source.url };
  if (source.keys !== undefined) return { kind: 'fixed', keys: source.keys };
  return keysOfFile(source.file ?? '', entryNode(given, 'file'), [...path, 'jwks', 'file'], context);
}

function keysOfFile(
  file: string,
  node: SourceNode,
  path: SourcePath,
  context: ReadContext,
): JwksSource | typeof INVALID {
  const read = context.interpolate(`\${file:${file}}`);
  if (read.kind === 'refused') {
    context.report('SP024', node.position, path, 'the file of the key set cannot be read');
    return INVALID;
  }
  const parsed = parseStrictJson(Buffer.from(read.text), { depthMax: 8, membersMax: 4096 });
  const keys = parsed.ok ? parsed.value['keys'] : undefined;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > 100 || !keys.every(isJsonObject)) {
    context.report('SP024', node.position, path, 'the file holds no JSON Web Key set');
    return INVALID;
  }
  return { kind: 'fixed', keys: keys.map((key) => ({ ...key })) };
}

function issuerText(): Schema<string> {
  return text({
    expected: 'the exact issuer, such as https://id.example.com',
    interpolates: true,
    parse: (value) =>
      value !== '' && value.length <= 512 && !value.includes('*')
        ? { ok: true, value }
        : { ok: false, code: 'SP014', error: 'is not one exact issuer' },
  });
}

/** Lower case, without `application/`; `none` stands for an absent typ. */
function typeName(): Schema<string> {
  return text({
    expected: 'a type such as at+jwt, jwt, or none',
    parse(value) {
      const lower = value.toLowerCase().replace('application/', '');
      if (lower === 'none') return { ok: true, value: '' };
      if (lower === '' || lower.length > 64) return { ok: false, code: 'SP014', error: 'is not a type' };
      if (REFUSED_TYPES.includes(lower))
        return { ok: false, code: 'SP013', error: 'is the type of something that is no access token' };
      return { ok: true, value: lower };
    },
  });
}

const REFUSED_TYPES = ['dpop+jwt', 'logout+jwt', 'secevent+jwt', 'token-introspection+jwt', 'oauth-authz-req+jwt'];
