import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { HAS_OPENSSL, type Issued, NO_OPENSSL, Pki } from '../../test/harness/pki.ts';
import { build, callOf, changedExtensions, NOW, peerOf, shown, type Trust, URI } from './mtls-fixture.test.ts';

describe('names of client certificates', { skip: NO_OPENSSL }, () => {
  const pki = new Pki();
  after(() => pki.close());
  if (!HAS_OPENSSL) return;
  const root = pki.authority('root');
  const trust: Trust = { authorities: [root] };
  const client = (name: string, change: Record<string, string | undefined>): Issued =>
    pki.issue(name, { by: root, extensions: changedExtensions(change) });
  const PURPOSE = 'authn.certificate_purpose certificate.purpose';
  const SEVERAL = 'authn.certificate_name certificate.names_several';
  const MALFORMED = 'authn.certificate_name certificate.name_malformed';
  const SVID = { keyUsage: 'critical,digitalSignature', subjectAltName: 'URI:spiffe://prod.example/ns/a' };
  const svids: readonly (readonly [string, Record<string, string | undefined>, string])[] = [
    ['as it should be', SVID, 'pass spiffe://prod.example/ns/a'],
    ['without purpose', { ...SVID, extendedKeyUsage: undefined }, 'pass spiffe://prod.example/ns/a'],
    [
      'with a host name besides',
      { ...SVID, subjectAltName: `${SVID.subjectAltName},DNS:a.example` },
      'pass spiffe://prod.example/ns/a',
    ],
    ['for servers alone', { ...SVID, extendedKeyUsage: 'serverAuth' }, PURPOSE],
    ['without key usage', { ...SVID, keyUsage: undefined }, PURPOSE],
    ['with a key usage that is not critical', { ...SVID, keyUsage: 'digitalSignature' }, PURPOSE],
    ['that signs certificates', { ...SVID, keyUsage: 'critical,digitalSignature,keyCertSign' }, PURPOSE],
    ['that signs revocation lists', { ...SVID, keyUsage: 'critical,digitalSignature,cRLSign' }, PURPOSE],
    ['that signs nothing', { ...SVID, keyUsage: 'critical,keyAgreement' }, PURPOSE],
    [
      'of another trust domain',
      { ...SVID, subjectAltName: 'URI:spiffe://evil.example/ns/a' },
      'authn.certificate_name certificate.trust_domain',
    ],
    [
      'of a trust domain that begins alike',
      { ...SVID, subjectAltName: 'URI:spiffe://prod.example.evil.example/a' },
      'authn.certificate_name certificate.trust_domain',
    ],
    ['with two URIs', { ...SVID, subjectAltName: `${SVID.subjectAltName},URI:https://one.example/` }, SEVERAL],
    ['of the trust domain itself', { ...SVID, subjectAltName: 'URI:spiffe://prod.example' }, MALFORMED],
    ['with an empty path', { ...SVID, subjectAltName: 'URI:spiffe://prod.example/' }, MALFORMED],
    ['with dot segments', { ...SVID, subjectAltName: 'URI:spiffe://prod.example/a/../b' }, MALFORMED],
    ['with an escape', { ...SVID, subjectAltName: 'URI:spiffe://prod.example/a%2Fb' }, MALFORMED],
    ['with a port', { ...SVID, subjectAltName: 'URI:spiffe://prod.example:80/a' }, MALFORMED],
    ['with a user', { ...SVID, subjectAltName: 'URI:spiffe://prod.example@evil.example/a' }, MALFORMED],
    ['with a query', { ...SVID, subjectAltName: 'URI:spiffe://prod.example/a?b' }, MALFORMED],
    ['with a scheme in capitals', { ...SVID, subjectAltName: 'URI:SPIFFE://prod.example/a' }, MALFORMED],
    ['of another scheme', { ...SVID, subjectAltName: 'URI:https://prod.example/a' }, MALFORMED],
  ];
  for (const [name, change, expected] of svids)
    test(`an SVID ${name}: ${expected.split(' ')[0]}`, () => {
      const authenticator = build(trust, { identity: 'spiffe', trustDomain: 'prod.example' });
      assert.equal(shown(authenticator.authenticate(callOf({ peer: peerOf(client('svid', change)) }), NOW)), expected);
    });

  const pin = createHash('sha256')
    .update(Buffer.from(generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' })))
    .digest('base64url');
  for (const [names, identity, allow, passes] of [
    ['DNS:a.one.example', 'san-dns', ['*.one.example'], true],
    ['DNS:A.One.Example', 'san-dns', ['a.one.example'], true],
    ['DNS:a.b.one.example', 'san-dns', ['*.one.example'], false],
    ['DNS:one.example', 'san-dns', ['*.one.example'], false],
    ['DNS:evilone.example', 'san-dns', ['*.one.example', 'one.example'], false],
    ['URI:https://one.example/app/1', 'san-uri', ['https://one.example/app/*'], true],
    ['URI:https://one.example/app/1/2', 'san-uri', ['https://one.example/app/*'], true],
    ['URI:https://one.example/app', 'san-uri', ['https://one.example/app/*'], false],
    ['URI:https://one.example/app/', 'san-uri', ['https://one.example/app/*'], false],
    ['URI:https://one.example/application', 'san-uri', ['https://one.example/app', 'https://one.example/app/*'], false],
    ['URI:https://one.example/app/%2e%2e/admin', 'san-uri', ['https://one.example/app/*'], false],
    ['URI:https://one.example/app//admin', 'san-uri', ['https://one.example/app/*'], false],
    ['URI:https://one.example/app/1?x', 'san-uri', ['https://one.example/app/*'], false],
    ['URI:https://one.example/*', 'san-uri', ['https://one.example/*'], true],
    ['email:a@one.example', 'san-email', ['a@ONE.example'], true],
    ['email:A@one.example', 'san-email', ['a@one.example'], false],
    ['email:a@one.example', 'san-email', ['*@one.example'], false],
    [URI, 'spki-sha256', [pin], false],
  ] as const)
    test(`${names} is ${passes ? '' : 'not '}on the list ${allow}`, () => {
      const issued = pki.client('listed', root, names);
      const verdict = build(trust, { identity, allow }).authenticate(callOf({ peer: peerOf(issued) }), NOW);
      if (passes) assert.equal(verdict.kind, 'pass');
      else assert.equal(shown(verdict), 'authn.certificate_name certificate.not_allowed');
    });

  test('a pinned key passes under every certificate of it', () => {
    const keyPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const allow = [
      createHash('sha256')
        .update(keyPair.publicKey.export({ format: 'der', type: 'spki' }))
        .digest('base64url'),
    ];
    for (const names of [URI, 'DNS:any.example']) {
      const peer = peerOf(pki.client('pinned', root, names, { keyPair }));
      const verdict = build(trust, { identity: 'spki-sha256', allow }).authenticate(callOf({ peer }), NOW);
      assert.equal(shown(verdict), `pass ${allow[0]}`);
    }
  });
});
