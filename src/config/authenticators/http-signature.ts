import { createPublicKey, type KeyObject } from 'node:crypto';
import type { HttpSignatureAuthenticatorConfig, HttpSignatureKey } from '../../core/configuration.ts';
import { judgeRsaKey } from '../../crypto/jose/rsa-modulus.ts';
import { originUrl, scope } from '../formats-network.ts';
import { name } from '../formats-places.ts';
import { duration, size } from '../formats-units.ts';
import { object, optional, required, withDefault } from '../schema.ts';
import { entryNode, list, record } from '../schema-collections.ts';
import { INVALID, type Schema } from '../schema-types.ts';
import { boolean, text, word } from '../schema-values.ts';
import { label, pemText, secret } from './formats.ts';
import { lintSharedSecret } from './shared-secret.ts';

const ALGORITHMS = [
  'ed25519',
  'ecdsa-p256-sha256',
  'ecdsa-p384-sha384',
  'rsa-pss-sha512',
  'rsa-v1_5-sha256',
  'hmac-sha256',
] as const;

const keyFields = object({
  algorithm: required(word(ALGORITHMS), 'The one algorithm of the key (RFC 9421 §3.3).'),
  publicKey: optional(pemText(), 'PEM of the public key.'),
  secret: optional(secret('a secret of 32 bytes or more as base64'), 'Secret of hmac-sha256.'),
  consumer: required(name('a consumer'), 'Consumer the key belongs to.'),
  scopes: withDefault(list(scope(), { max: 200, unique: true }), [], 'Scopes its requests have.', 'none'),
});

const key: Schema<HttpSignatureKey> = {
  ...keyFields,
  read(node, path, context) {
    const value = keyFields.read(node, path, context);
    if (value === INVALID) return INVALID;
    const symmetric = value.algorithm === 'hmac-sha256';
    const material = symmetric ? value.secret : value.publicKey;
    if (material === undefined || (symmetric ? value.publicKey : value.secret) !== undefined) {
      const message = symmetric
        ? 'hmac-sha256 has a secret and no public key'
        : 'this algorithm has a public key and no secret';
      context.report('SP015', node.position, path, message);
      return INVALID;
    }
    if (symmetric && !lintSharedSecret(material, entryNode(node, 'secret'), [...path, 'secret'], context))
      return INVALID;
    if (!symmetric && !fits(value.algorithm, material)) {
      context.report(
        'SP084',
        entryNode(node, 'publicKey').position,
        [...path, 'publicKey'],
        `the key is none for ${value.algorithm}, or too weak`,
      );
      return INVALID;
    }
    return { algorithm: value.algorithm, key: material, consumer: value.consumer, scopes: value.scopes };
  },
};

/** Whether a public key is of the kind and strength of its algorithm. */
function fits(algorithm: HttpSignatureKey['algorithm'], pem: string): boolean {
  try {
    const publicKey = createPublicKey(pem);
    const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
    switch (algorithm) {
      case 'ed25519':
        return asymmetricKeyType === 'ed25519';
      case 'ecdsa-p256-sha256':
        return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
      case 'ecdsa-p384-sha384':
        return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'secp384r1';
      case 'rsa-pss-sha512':
      case 'rsa-v1_5-sha256':
        return (
          (asymmetricKeyType === 'rsa' || (algorithm === 'rsa-pss-sha512' && asymmetricKeyType === 'rsa-pss')) &&
          (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 &&
          isSoundRsa(publicKey)
        );
      case 'hmac-sha256':
        return false;
    }
  } catch {
    return false;
  }
}

/** Small exponents, close primes and the like; of keys for RSA-PSS alone only the exponent, since they have no JWK. */
function isSoundRsa(publicKey: KeyObject): boolean {
  if (publicKey.asymmetricKeyType !== 'rsa') return (publicKey.asymmetricKeyDetails?.publicExponent ?? 0n) >= 65_537n;
  const { n, e } = publicKey.export({ format: 'jwk' });
  const numberOf = (text: string | undefined): bigint =>
    BigInt(`0x0${Buffer.from(text ?? '', 'base64url').toString('hex')}`);
  return judgeRsaKey(numberOf(n), numberOf(e)) === undefined;
}

const DEFAULT_COMPONENTS = ['@method', '@target-uri', 'content-digest'];

const fields = object({
  type: required(word(['http-signature']), 'Method: signed requests (RFC 9421).'),
  components: withDefault(
    list(componentName(), { min: 1, max: 32, unique: true }),
    DEFAULT_COMPONENTS,
    'What every signature has to cover; content-digest where the request has a body.',
    DEFAULT_COMPONENTS.join(', '),
  ),
  maxAgeSeconds: withDefault(duration(1, 3600), 300, 'Age at which a signature is refused.'),
  skewSeconds: withDefault(duration(0, 300), 30, 'How far a client’s clock may be ahead.'),
  requireNonce: withDefault(boolean(), false, 'true: every signature needs a nonce.'),
  tag: optional(label('a tag', 128), 'Exact tag a signature has to have.'),
  keys: required(record('keyid', key, 'A key by its keyid.', 1), 'The keys of the clients, by keyid.'),
  maxBodyBytes: withDefault(size(1, 64 * 2 ** 20), 2 ** 20, 'Largest body whose digest is checked.', '1MiB'),
  origin: optional(originUrl(), 'Origin clients see; without it scheme and host of the call.'),
});

/** `type: http-signature`. */
export const httpSignature: Schema<HttpSignatureAuthenticatorConfig> = {
  ...fields,
  read(node, path, context) {
    const value = fields.read(node, path, context);
    if (value === INVALID) return INVALID;
    const names = value.components;
    const targeted =
      names.includes('@target-uri') ||
      (names.includes('@authority') &&
        (names.includes('@request-target') || (names.includes('@path') && names.includes('@query'))));
    if (!names.includes('@method') || !targeted) {
      context.report(
        'SP086',
        entryNode(node, 'components').position,
        [...path, 'components'],
        'a signature that leaves out method or target fits other requests too',
      );
      return INVALID;
    }
    return {
      type: 'http-signature',
      components: names,
      maxAgeSeconds: value.maxAgeSeconds,
      skewSeconds: value.skewSeconds,
      requireNonce: value.requireNonce,
      tag: value.tag,
      keys: value.keys,
      bodyBytesMax: value.maxBodyBytes,
      origin: value.origin,
    };
  },
};

const DERIVED = ['@method', '@target-uri', '@authority', '@scheme', '@request-target', '@path', '@query'];

function componentName(): Schema<string> {
  return text({
    expected: 'a component such as @method or content-digest',
    parse(value) {
      if (value.startsWith('@') ? DERIVED.includes(value) : isFieldName(value)) return { ok: true, value };
      return {
        ok: false,
        code: 'SP014',
        error: 'is not a component of a request',
        fix: `write one of ${DERIVED.join(', ')}, or a field name in lower case`,
      };
    },
  });
}

function isFieldName(value: string): boolean {
  if (value === '' || value.length > 64) return false;
  for (let i = 0; i < value.length; i++)
    if (!'abcdefghijklmnopqrstuvwxyz0123456789-'.includes(value.charAt(i))) return false;
  return true;
}
