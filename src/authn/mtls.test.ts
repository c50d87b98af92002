import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { AUTHORITY, CLIENT, HAS_OPENSSL, type Issued, NO_OPENSSL, Pki } from '../../test/harness/pki.ts';
import type { Call } from '../core/call.ts';
import type { CertificateIdentity } from '../core/configuration.ts';
import { certificateThumbprint } from './certificate-binding.ts';
import { type CertificateConsumer, createMtlsAuthenticator } from './mtls.ts';
import { build, callOf, changedExtensions, NOW, peerOf, shown, type Trust, URI } from './mtls-fixture.test.ts';

describe('client certificates', { skip: NO_OPENSSL }, () => {
  const pki = new Pki();
  after(() => pki.close());
  if (!HAS_OPENSSL) return;
  const root = pki.authority('root');
  const middle = pki.authority('middle', { by: root });
  const good = pki.client('good', root, URI);
  const trust: Trust = { authorities: [root] };
  const emptyList = pki.revocationList(root);

  test('a certificate identifies its holder by its one name, and not by its common name', () => {
    const authenticator = build(trust);
    const verdict = authenticator.authenticate(callOf({ peer: peerOf(good) }), NOW);
    assert.ok(verdict.kind === 'pass');
    const { claims: _, ...principal } = verdict.principal ?? assert.fail();
    assert.deepEqual(principal, {
      version: 1,
      consumer: '',
      subject: 'https://one.example/app',
      scopes: [],
      groups: [],
      tier: '',
      authenticator: 'certs',
      method: 'mtls',
      credentialId: createHash('sha256').update(good.der).digest('base64url').slice(0, 16),
      issuer: '',
      clientId: '',
      binding: 'mtls',
      acr: '',
      authenticatedAtSeconds: 0,
      expiresAtMs: Date.UTC(2099, 11, 31, 23, 59, 59),
    });
    assert.equal(authenticator.authenticate(callOf({}), NOW).kind, 'notApplicable');
    assert.equal(authenticator.presents(callOf({ peer: peerOf(good) })), false);
  });

  test('a registered consumer brings its groups, and a disabled one is refused on the next call', () => {
    let registered: CertificateConsumer = { groups: ['g'], tier: 'gold', disabled: false };
    const authenticator = build(trust, {}, (name) =>
      name === 'certs:https://one.example/app' ? registered : undefined,
    );
    const call = callOf({ peer: peerOf(good) });
    const verdict = authenticator.authenticate(call, NOW);
    assert.ok(verdict.kind === 'pass' && verdict.principal?.consumer === 'certs:https://one.example/app');
    assert.deepEqual([verdict.principal.groups, verdict.principal.tier], [['g'], 'gold']);
    assert.equal(authenticator.authenticate(call, NOW), verdict, 'nothing is made anew for another call');
    registered = { ...registered, disabled: true };
    assert.equal(shown(authenticator.authenticate(call, NOW)), 'authn.certificate_name certificate.consumer_disabled');
    registered = { ...registered, disabled: false };
    assert.equal(authenticator.authenticate(call, NOW).kind, 'pass');
  });

  test('on one connection a certificate passes until it ends, and a list until the next is due', () => {
    const short = pki.client('short', root, URI, { until: '20260101000100Z' });
    const authenticator = build(trust);
    const call = callOf({ peer: peerOf(short) });
    assert.equal(authenticator.authenticate(call, NOW).kind, 'pass');
    assert.equal(authenticator.authenticate(call, NOW + 60_000).kind, 'pass');
    assert.equal(
      shown(authenticator.authenticate(call, NOW + 60_001)),
      'authn.certificate_expired certificate.expired',
    );
    assert.equal(authenticator.authenticate(call, NOW).kind, 'pass', 'a clock that is set back is believed');
    assert.equal(shown(authenticator.authenticate(call, 0)), 'authn.certificate_expired certificate.not_yet');

    const lists = [pki.revocationList(root, [], { until: '20260101000100Z' })];
    const listed = build({ ...trust, lists });
    const long = callOf({ peer: peerOf(good) });
    assert.equal(listed.authenticate(long, NOW).kind, 'pass');
    assert.equal(shown(listed.authenticate(long, NOW + 60_001)), 'indeterminate authn.unavailable');
  });

  test('a verdict of the handshake is not mended by a chain that is good now', () => {
    for (const [error, expected] of [
      ['CERT_HAS_EXPIRED', 'authn.certificate_expired certificate.expired'],
      ['CERT_NOT_YET_VALID', 'authn.certificate_expired certificate.not_yet'],
      ['CERT_REVOKED', 'authn.certificate_revoked certificate.revoked'],
      ['INVALID_PURPOSE', 'authn.certificate_purpose certificate.purpose'],
      ['UNABLE_TO_GET_CRL', 'indeterminate authn.unavailable'],
      ['CRL_HAS_EXPIRED', 'indeterminate authn.unavailable'],
      ['SELF_SIGNED_CERT_IN_CHAIN', 'authn.certificate_untrusted certificate.untrusted'],
      ['UNSPECIFIED', 'authn.certificate_untrusted certificate.untrusted'],
      ['anything new', 'authn.certificate_untrusted certificate.untrusted'],
    ] as const)
      assert.equal(shown(build(trust).authenticate(callOf({ peer: peerOf(good, error) }), NOW)), expected);
  });

  test('a chain over an authority the client sent passes as OpenSSL saw it, with the dates and the list of now', () => {
    const below = pki.client('below', middle, URI, { until: '20260201000000Z' });
    const call = callOf({ peer: peerOf(below) });
    assert.equal(build(trust).authenticate(call, NOW).kind, 'pass');
    assert.match(shown(build(trust).authenticate(call, Date.UTC(2026, 2, 1))), /certificate.expired/);
    const list = pki.revocationList(middle);
    assert.equal(build({ ...trust, lists: [emptyList, list] }).authenticate(call, NOW).kind, 'pass');
    assert.match(shown(build({ ...trust, lists: [emptyList] }).authenticate(call, NOW)), /unavailable/);
    const revoking = pki.revocationList(middle, [below]);
    assert.match(
      shown(build({ ...trust, lists: [emptyList, revoking] }).authenticate(call, NOW)),
      /certificate.revoked/,
    );
  });

  test('a certificate of nobody known is untrusted, also where OpenSSL misses its list last', () => {
    const lists = [emptyList, pki.revocationList(middle)];
    const self = pki.issue('self', { extensions: [...CLIENT.slice(0, 4), `subjectAltName=${URI}`] });
    const stranger = pki.client('stranger', pki.authority('root'), URI);
    for (const issued of [self, stranger])
      assert.equal(
        shown(build({ ...trust, lists }).authenticate(callOf({ peer: peerOf(issued, 'UNABLE_TO_GET_CRL') }), NOW)),
        'authn.certificate_untrusted certificate.untrusted',
      );
    const below = pki.client('below', middle, URI);
    assert.match(
      shown(build({ ...trust, lists }).authenticate(callOf({ peer: peerOf(below, 'CRL_HAS_EXPIRED') }), NOW)),
      /unavailable/,
    );
  });

  test('a listener without authorities identifies nobody', () => {
    const config = build(trust);
    const open = createMtlsAuthenticator({
      name: 'certs',
      config: {
        type: 'mtls',
        identity: 'san-uri',
        allow: [],
        trustDomain: undefined,
        authorities: undefined,
        revocationLists: undefined,
        forwarded: undefined,
        consumerPrefix: '',
      },
      handshake: undefined,
      consumers: { find: () => undefined },
    });
    const call = callOf({ peer: peerOf(good) });
    assert.equal(config.authenticate(call, NOW).kind, 'pass');
    assert.equal(open.authenticate(call, NOW).kind, 'notApplicable');
  });

  const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const client = (name: string, change: Record<string, string | undefined>, options = {}): Issued =>
    pki.issue(name, { by: root, extensions: changedExtensions(change), ...options });
  const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
  /** SubjectAltName of raw names: identifier octet and text. */
  const raw = (...names: readonly [string, string][]): string => {
    const list = names.map(([tag, text]) => `${tag}${text.length.toString(16).padStart(2, '0')}${hex(text)}`).join('');
    return `DER:30${(list.length / 2).toString(16).padStart(2, '0')}${list}`;
  };

  const PURPOSE = 'authn.certificate_purpose certificate.purpose';
  const SEVERAL = 'authn.certificate_name certificate.names_several';
  const MISSING = 'authn.certificate_name certificate.name_missing';
  const MALFORMED = 'authn.certificate_name certificate.name_malformed';
  const attacks: readonly (readonly [string, Issued, CertificateIdentity, string])[] = [
    [
      'without extended key usage',
      client('a1', { extendedKeyUsage: undefined, subjectAltName: URI }),
      'san-uri',
      PURPOSE,
    ],
    ['for servers', client('a2', { extendedKeyUsage: 'serverAuth', subjectAltName: URI }), 'san-uri', PURPOSE],
    [
      'for any purpose',
      client('a3', { extendedKeyUsage: 'anyExtendedKeyUsage', subjectAltName: URI }),
      'san-uri',
      PURPOSE,
    ],
    ['for encryption', client('a4', { keyUsage: 'critical,keyEncipherment', subjectAltName: URI }), 'san-uri', PURPOSE],
    [
      'of an authority',
      pki.issue('a5', { by: root, extensions: [...AUTHORITY, 'extendedKeyUsage=clientAuth', `subjectAltName=${URI}`] }),
      'san-uri',
      PURPOSE,
    ],
    [
      'with RSA 1024',
      client('a6', { subjectAltName: URI }, { keyPair: rsa1024 }),
      'san-uri',
      'authn.certificate_purpose certificate.weak',
    ],
    [
      'on a curve not taken',
      client('a7', { subjectAltName: URI }, { keyPair: secp256k1 }),
      'san-uri',
      'authn.certificate_purpose certificate.weak',
    ],
    [
      'signed with SHA-1',
      client('a8', { subjectAltName: URI }, { digest: 'sha1' }),
      'san-uri',
      'authn.certificate_purpose certificate.weak',
    ],
    [
      'with an unknown critical extension',
      client('a9', { '1.2.3.4': 'critical,DER:0500', subjectAltName: URI }),
      'san-uri',
      'authn.certificate_untrusted certificate.untrusted',
    ],
    ['with a common name alone', client('b1', {}), 'san-uri', MISSING],
    ['with a name of another kind', client('b2', { subjectAltName: 'DNS:one.example' }), 'san-uri', MISSING],
    ['with two names', client('b3', { subjectAltName: `${URI},URI:https://two.example/` }), 'san-uri', SEVERAL],
    ['with two host names', client('b4', { subjectAltName: 'DNS:one.example,DNS:two.example' }), 'san-dns', SEVERAL],
    ['with a host name of many hosts', client('b5', { subjectAltName: 'DNS:*.example' }), 'san-dns', MALFORMED],
    [
      'with a NUL in the name',
      client('b6', { subjectAltName: raw(['82', 'one.example\0.evil.example']) }),
      'san-dns',
      MALFORMED,
    ],
    [
      'with a NUL in another name',
      client('b7', { subjectAltName: raw(['82', 'one.example'], ['81', 'a\0@b']) }),
      'san-dns',
      MALFORMED,
    ],
    [
      'with a name outside IA5',
      client('b8', { subjectAltName: raw(['82', 'one.ex\u00e4mple']) }),
      'san-dns',
      MALFORMED,
    ],
    [
      'with a list of names in one',
      client('b9', { subjectAltName: raw(['82', 'one.example,DNS:two.example']) }),
      'san-dns',
      MALFORMED,
    ],
    [
      'with a space in the name',
      client('c1', { subjectAltName: raw(['86', 'https://one.example/ app']) }),
      'san-uri',
      MALFORMED,
    ],
    [
      'with a line break in the name',
      client('c2', { subjectAltName: raw(['86', 'https://one.example/\r\nx: y']) }),
      'san-uri',
      MALFORMED,
    ],
    [
      'with dot segments in the name',
      client('c3', { subjectAltName: 'URI:https://one.example/../app' }),
      'san-uri',
      MALFORMED,
    ],
    ['with an empty name', client('c4', { subjectAltName: raw(['86', '']) }), 'san-uri', MALFORMED],
    ['with a final dot', client('c5', { subjectAltName: 'DNS:one.example.' }), 'san-dns', MALFORMED],
    [
      'with an address with two at signs',
      client('c6', { subjectAltName: raw(['81', 'a@b.example@c.example']) }),
      'san-email',
      MALFORMED,
    ],
    [
      'with an address without local part',
      client('c7', { subjectAltName: raw(['81', '@b.example']) }),
      'san-email',
      MALFORMED,
    ],
    [
      'of somebody else',
      { ...good, der: Uint8Array.from([...good.der, 0]) },
      'san-uri',
      'authn.certificate_untrusted certificate.malformed',
    ],
    [
      'that is no certificate',
      { ...good, der: Buffer.from('hello') },
      'san-uri',
      'authn.certificate_untrusted certificate.malformed',
    ],
    [
      'signed by itself',
      pki.issue('c8', { extensions: [...CLIENT.slice(0, 4), `subjectAltName=${URI}`] }),
      'san-uri',
      'authn.certificate_untrusted certificate.untrusted',
    ],
  ];
  for (const [name, issued, identity, expected] of attacks)
    test(`a certificate ${name} is refused (${identity})`, () => {
      // What OpenSSL says of a chain is not what is tested here, except where only it could know.
      const chainError = name === 'signed by itself' ? 'DEPTH_ZERO_SELF_SIGNED_CERT' : '';
      assert.equal(
        shown(build(trust, { identity }).authenticate(callOf({ peer: peerOf(issued, chainError) }), NOW)),
        expected,
      );
    });

  test('no refusal repeats a name of the certificate', () => {
    const evil = client('evil', { subjectAltName: 'URI:https://secret-name.example/../x' });
    for (const identity of ['san-uri', 'san-dns', 'spiffe'] as const) {
      const verdict = build(trust, { identity, allow: ['x'] }).authenticate(callOf({ peer: peerOf(evil) }), NOW);
      assert.ok(!JSON.stringify(verdict).includes('secret-name'));
    }
  });

  test('the thumbprint is that of the handshake, self-signed or not, and never of the proxy where one forwards', () => {
    const peer = peerOf(good, 'DEPTH_ZERO_SELF_SIGNED_CERT');
    const expected = createHash('sha256').update(good.der).digest('base64url');
    assert.equal(certificateThumbprint(callOf({ peer })), expected);
    assert.equal(certificateThumbprint(callOf({})), undefined);
    const source = { header: 'client-cert', format: 'client-cert' } as const;
    const forwarded = callOf({
      peer: peerOf(root),
      fromTrustedProxy: true,
      headers: ['client-cert', `:${Buffer.from(good.der).toString('base64')}:`],
    });
    assert.equal(certificateThumbprint(forwarded, source), expected);
    assert.equal(certificateThumbprint({ ...forwarded, headers: [] }, source), undefined);
    assert.notEqual(certificateThumbprint({ ...forwarded, fromTrustedProxy: false }, source), expected);
  });

  const encoded = (issued: Issued): string => `:${Buffer.from(issued.der).toString('base64')}:`;
  const CLIENT_CERT = { header: 'client-cert', format: 'client-cert' } as const;

  test('a forwarded certificate is judged here, chain and revocation included', () => {
    const below = pki.client('below', middle, URI);
    const lists = [emptyList, pki.revocationList(middle)];
    const authenticator = build({ ...trust, lists }, { forwarded: CLIENT_CERT });
    const call = (leaf: Issued, ...chain: Issued[]): Call =>
      callOf({
        fromTrustedProxy: true,
        peer: peerOf(good),
        headers: ['client-cert', encoded(leaf), ...chain.flatMap((one) => ['client-cert-chain', encoded(one)])],
      });
    assert.deepEqual(authenticator.credentialHeaders, ['client-cert', 'client-cert-chain']);
    assert.equal(shown(authenticator.authenticate(call(below, middle), NOW)), 'pass https://one.example/app');
    assert.match(shown(authenticator.authenticate(call(below), NOW)), /certificate.untrusted/);
    assert.equal(
      authenticator.authenticate(callOf({ fromTrustedProxy: true, peer: peerOf(good) }), NOW).kind,
      'notApplicable',
      'the certificate of the proxy does not stand in for the one of a client without',
    );
    const revoking = [emptyList, pki.revocationList(middle, [below])];
    assert.match(
      shown(build({ ...trust, lists: revoking }, { forwarded: CLIENT_CERT }).authenticate(call(below, middle), NOW)),
      /certificate.revoked/,
    );
    const untrusted = { ...call(below, middle), fromTrustedProxy: false, peer: undefined };
    assert.equal(authenticator.authenticate(untrusted, NOW).kind, 'notApplicable');
  });

  test('a certificate given twice is refused', () => {
    const authenticator = build(trust, { forwarded: CLIENT_CERT });
    const headers = ['client-cert', encoded(good), 'client-cert', encoded(good)];
    assert.equal(
      shown(authenticator.authenticate(callOf({ fromTrustedProxy: true, headers }), NOW)),
      'authn.ambiguous certificate.forwarded_several',
    );
    const first = callOf({ fromTrustedProxy: true, headers: headers.slice(0, 2) });
    assert.equal(authenticator.authenticate(first, NOW).kind, 'pass');
    assert.equal(
      shown(authenticator.authenticate(callOf({ fromTrustedProxy: true, headers }), NOW)),
      'authn.ambiguous certificate.forwarded_several',
      'also after the first of them was remembered',
    );
  });
});
