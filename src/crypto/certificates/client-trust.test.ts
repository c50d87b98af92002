import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { AUTHORITY, HAS_OPENSSL, NO_OPENSSL, Pki } from '../../../test/harness/pki.ts';
import { authoritiesWithoutList, readClientTrust } from './client-trust.ts';
import { readPem } from './pem.ts';

describe('files of authorities and revocation lists', { skip: NO_OPENSSL }, () => {
  const pki = new Pki();
  after(() => pki.close());
  if (!HAS_OPENSSL) return;
  const root = pki.authority('root');
  const leaf = pki.client('leaf', root, 'URI:https://one.example/');
  const list = pki.revocationList(root);

  test('authorities and lists are read, with the text that tools write around them', () => {
    const reading = readClientTrust({ authorities: `Subject: root\n${root.pem}\n`, revocationLists: `\n${list}` });
    assert.ok(reading.kind === 'trust');
    assert.equal(authoritiesWithoutList(reading.trust), 0);
    const other = readClientTrust({ authorities: root.pem + pki.authority('other').pem, revocationLists: list });
    assert.ok(other.kind === 'trust');
    assert.equal(authoritiesWithoutList(other.trust), 1);
  });

  // OpenSSL does not write one twice: of two that are next to each other, one takes the name of the other.
  const pair = pki.issue('twice', { extensions: [...AUTHORITY, '1.2.3.4=DER:0500', '1.2.3.5=DER:0500'] });
  const doubled = Buffer.from(pair.der);
  doubled[doubled.indexOf('06032a0305', 0, 'hex') + 4] = 4;
  const twice = `-----BEGIN CERTIFICATE-----\n${doubled.toString('base64')}\n-----END CERTIFICATE-----\n`;
  const partial = 'issuingDistributionPoint=critical,DER:30038101ff';
  for (const [name, authorities, revocationLists, part] of [
    ['a leaf among authorities', root.pem + leaf.pem, undefined, 'authorities'],
    ['a private key among authorities', root.pem + root.key, undefined, 'authorities'],
    ['no certificate at all', 'nothing', undefined, 'authorities'],
    ['a certificate cut off', root.pem.slice(0, 300), undefined, 'authorities'],
    ['a certificate with an extension twice', twice, undefined, 'authorities'],
    ['a certificate among lists', undefined, root.pem, 'revocationLists'],
    [
      'a delta list',
      undefined,
      pki.revocationList(root, [], { extensions: ['2.5.29.27=critical,DER:020101'] }),
      'revocationLists',
    ],
    [
      'a partial list',
      undefined,
      pki.revocationList(pki.authority('p'), [], { extensions: [partial] }),
      'revocationLists',
    ],
  ] as const)
    test(`${name} is refused`, () => {
      const reading = readClientTrust({ authorities, revocationLists });
      assert.equal(reading.kind === 'malformed' ? reading.part : reading.kind, part);
    });

  for (const [name, text] of [
    ['text before it', `x${leaf.pem}`],
    ['text behind it', `${leaf.pem}x`],
    ['base64 that is not canonical', leaf.pem.replace('\n-----END', 'A\n-----END')],
    ['characters outside base64', leaf.pem.replace('MII', 'M-II')],
    ['another end', leaf.pem.replace('END CERTIFICATE', 'END X509 CRL')],
    ['a second begin', leaf.pem.replace('MII', '-----BEGIN CERTIFICATE-----MII')],
    ['two certificates', leaf.pem + leaf.pem],
    ['an empty block', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
  ] as const)
    test(`PEM that somebody sent with ${name} is refused`, () => {
      assert.equal(readPem(text, 'CERTIFICATE', 1, true).kind, 'malformed');
    });

  test('PEM that somebody sent is the certificate alone', () => {
    const reading = readPem(`${leaf.pem}\n`, 'CERTIFICATE', 1, true);
    assert.ok(reading.kind === 'blocks');
    assert.deepEqual(Buffer.from(reading.blocks[0] ?? []), Buffer.from(leaf.der));
  });
});
