import type { MtlsAuthenticatorConfig } from '../../core/configuration.ts';
import { credentialHeader } from '../formats-network.ts';
import { object, optional, required, withDefault } from '../schema.ts';
import { entryNode, list } from '../schema-collections.ts';
import { INVALID, type Schema } from '../schema-types.ts';
import { word } from '../schema-values.ts';
import { label, pemText, prefix } from './formats.ts';

const forwarded = object({
  header: optional(credentialHeader(), 'Field the proxy writes; without it the one the format has.'),
  format: required(
    word(['client-cert', 'xfcc', 'url-pem']),
    'client-cert (RFC 9440), xfcc (Envoy, with Cert), or url-pem (nginx, $ssl_client_escaped_cert).',
  ),
});

const HEADERS = { 'client-cert': 'client-cert', xfcc: 'x-forwarded-client-cert', 'url-pem': undefined } as const;

const fields = object({
  type: required(word(['mtls']), 'Method: client certificates.'),
  identity: withDefault(
    word(['san-uri', 'san-dns', 'san-email', 'spki-sha256', 'spiffe']),
    'san-uri',
    'Which part of the certificate names its holder. The common name never does.',
  ),
  allow: withDefault(
    list(label('an identity', 512), { max: 1000, unique: true }),
    [],
    'Identities that are taken: exact, *.example.com for one label, or a path that ends in /*. Without it every one the authorities vouch for.',
    'every one',
  ),
  trustDomain: optional(label('a trust domain such as example.org', 255), 'Trust domain of spiffe.'),
  authorities: optional(
    pemText(),
    'Authorities of certificates a proxy forwards; those of the handshake are listen.tls.clientCa.',
  ),
  revocationLists: optional(pemText(), 'Revocation lists of certificates a proxy forwards.'),
  forwarded: optional(forwarded, 'Certificates that trusted proxies forward; without it only those of the handshake.'),
  consumerPrefix: optional(
    prefix(),
    'Put before the identity to name the consumer; without it the authenticator’s name and ":".',
  ),
});

/** `type: mtls`. */
export const mtls: Schema<MtlsAuthenticatorConfig> = {
  ...fields,
  read(node, path, context) {
    const value = fields.read(node, path, context);
    if (value === INVALID) return INVALID;
    const refuse = (key: string, message: string, fix: string): typeof INVALID => {
      context.report('SP015', entryNode(node, key).position, [...path, key], message, fix);
      return INVALID;
    };
    if ((value.identity === 'spiffe') !== (value.trustDomain !== undefined))
      return refuse('trustDomain', 'identity spiffe and trustDomain go together', 'give both, or neither');
    if (value.identity === 'spki-sha256' && value.allow.length === 0)
      return refuse(
        'allow',
        'a pin says nothing without the list of keys it is compared with',
        'add allow: the SHA-256 of each public key',
      );
    let header: string | undefined;
    if (value.forwarded !== undefined) {
      header = value.forwarded.header ?? HEADERS[value.forwarded.format];
      if (header === undefined)
        return refuse('forwarded', 'url-pem has no field of its own', 'add header: the field your proxy writes');
      if (value.authorities === undefined)
        return refuse('forwarded', 'a forwarded certificate is checked here, against nothing', 'add authorities');
    } else if (value.authorities !== undefined || value.revocationLists !== undefined)
      return refuse(
        'authorities',
        'authorities are for forwarded certificates',
        'add forwarded, or use listen.tls.clientCa',
      );
    return {
      type: 'mtls',
      identity: value.identity,
      allow: value.allow,
      trustDomain: value.trustDomain,
      authorities: value.authorities,
      revocationLists: value.revocationLists,
      forwarded:
        value.forwarded === undefined || header === undefined ? undefined : { header, format: value.forwarded.format },
      consumerPrefix: value.consumerPrefix ?? `${String(path.at(-1) ?? '')}:`,
    };
  },
};
