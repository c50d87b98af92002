import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { AUTHORITY, CLIENT, HAS_OPENSSL, type Issued, NO_OPENSSL, Pki } from '../../../test/harness/pki.ts';
import { type CertificateFacts, readCertificate } from './certificate.ts';
import { type ChainVerdict, verifyChain } from './chain.ts';
import { readClientTrust } from './client-trust.ts';

const NOW = Date.UTC(2026, 0, 1);
const OLD = { from: '20200101000000Z', until: '20210101000000Z' };

function facts(der: Uint8Array): CertificateFacts {
  const reading = readCertificate(der);
  assert.equal(reading.kind, 'certificate', JSON.stringify(reading));
  return (reading as { certificate: CertificateFacts }).certificate;
}

function verify(
  leaf: Issued,
  sent: readonly Issued[],
  authorities: readonly Issued[],
  lists: readonly string[] | undefined,
  nowMs = NOW,
): ChainVerdict {
  const reading = readClientTrust({
    authorities: authorities.map(({ pem }) => pem).join(''),
    revocationLists: lists?.join(''),
  });
  assert.equal(reading.kind, 'trust', JSON.stringify(reading));
  if (reading.kind !== 'trust') throw new TypeError();
  return verifyChain(
    facts(leaf.der),
    sent.map(({ der }) => facts(der)),
    reading.trust,
    nowMs,
  );
}

describe('chains of certificates', { skip: NO_OPENSSL }, () => {
  const pki = new Pki();
  after(() => pki.close());
  if (!HAS_OPENSSL) return;
  const URI = 'URI:https://one.example/app';
  const root = pki.authority('root');
  const other = pki.authority('other');
  const middle = pki.authority('middle', { by: root });
  const leaf = pki.client('leaf', root, URI);
  const below = pki.client('below', middle, URI);
  const emptyRoot = pki.revocationList(root);
  const emptyMiddle = pki.revocationList(middle);
  const pastList = pki.revocationList(root, [], OLD);
  const futureList = pki.revocationList(root, [], { from: '20300101000000Z' });

  test('a chain to an authority is good for as long as all of it is', () => {
    assert.deepEqual(verify(leaf, [], [root], undefined), {
      kind: 'good',
      fromMs: Date.UTC(2020, 0, 1),
      untilMs: Date.UTC(2099, 11, 31, 23, 59, 59),
    });
    assert.equal(verify(below, [middle], [root], undefined).kind, 'good');
    assert.equal(verify(below, [], [root, middle], undefined).kind, 'good');
    assert.equal(verify(below, [other, leaf, middle], [other, root], undefined).kind, 'good');
    assert.equal(verify(below, [], [middle], undefined).kind, 'good', 'an authority in between can be trusted itself');
    const until = pki.revocationList(middle, [], { until: '20260201000000Z' });
    assert.deepEqual(verify(below, [middle], [root], [emptyRoot, until]), {
      kind: 'good',
      fromMs: Date.UTC(2020, 0, 1),
      untilMs: Date.UTC(2026, 1, 1),
    });
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'];
  for (const [name, keyPair, options] of [
    ['RSA with SHA-256', rsa, {}],
    ['RSA with SHA-512', rsa, { digest: 'sha512' }],
    ['RSASSA-PSS', rsa, { signatureOptions: pss }],
    ['RSASSA-PSS with SHA-384', rsa, { signatureOptions: pss, digest: 'sha384' }],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), { digest: 'sha384' }],
    ['Ed25519', generateKeyPairSync('ed25519'), { digest: 'null' }],
  ] as const)
    test(`signatures with ${name} are verified, and a changed byte is noticed`, () => {
      const authority = pki.authority('kind', { keyPair, digest: name === 'Ed25519' ? 'null' : 'sha256' });
      const issued = pki.client('kind', authority, URI, options);
      assert.equal(verify(issued, [], [authority], undefined).kind, 'good');
      const changed = Uint8Array.from(issued.der);
      changed[changed.length - 5] = (changed[changed.length - 5] ?? 0) ^ 1;
      assert.equal(verify({ ...issued, der: changed }, [], [authority], undefined).kind, 'noPath');
    });

  const twin = pki.authority('root');
  const noSign = pki.authority('nosign', {
    by: root,
    extensions: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,cRLSign', 'subjectKeyIdentifier=hash'],
  });
  const short = pki.authority('short', {
    extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', ...AUTHORITY.slice(1)],
  });
  const shortMiddle = pki.authority('shortmiddle', { by: short });
  const server = pki.authority('server', { by: root, extensions: [...AUTHORITY, 'extendedKeyUsage=serverAuth'] });
  const sha1 = pki.authority('sha1', { by: root, digest: 'sha1' });
  const weak = pki.authority('weak', { keyPair: generateKeyPairSync('rsa', { modulusLength: 1024 }), by: root });
  const oldMiddle = pki.authority('oldmiddle', { by: root, ...OLD });
  const oldRoot = pki.authority('oldroot', OLD);
  const newMiddle = pki.authority('newmiddle', { by: root, from: '20300101000000Z' });
  const unknown = pki.authority('unknown', { by: root, extensions: [...AUTHORITY, '1.2.3.4=critical,DER:0500'] });
  const named = (constraint: string): Issued =>
    pki.authority('named', { by: root, extensions: [...AUTHORITY, `nameConstraints=critical,${constraint}`] });
  const revokedMiddle = pki.authority('revokedmiddle', { by: root });
  const revokingRoot = pki.revocationList(root, [revokedMiddle]);

  type Row = readonly [string, readonly Issued[], readonly Issued[], string, (readonly string[])?];
  const attacks: readonly Row[] = [
    ['of another authority', [leaf], [other], 'noPath'],
    ['of an authority of the same name', [leaf], [twin], 'noPath'],
    ['signed by itself', [pki.issue('self', { extensions: CLIENT.slice(0, 4) })], [root], 'noPath'],
    ['with an intermediate authority missing', [below], [root], 'noPath'],
    ['issued by the leaf of somebody else', [pki.client('forged', leaf, URI), leaf], [root], 'untrusted'],
    ['of an authority that may not sign', [pki.client('a', noSign, URI), noSign], [root], 'untrusted'],
    ['below a path length of 0', [pki.client('b', shortMiddle, URI), shortMiddle], [short], 'untrusted'],
    ['of an authority for servers', [pki.client('c', server, URI), server], [root], 'purpose'],
    ['of an authority signed with SHA-1', [pki.client('d', sha1, URI), sha1], [root], 'weak'],
    ['of an authority with RSA 1024', [pki.client('e', weak, URI), weak], [root], 'weak'],
    ['of an authority that expired', [pki.client('f', oldMiddle, URI), oldMiddle], [root], 'expired'],
    ['of a root that expired', [pki.client('g', oldRoot, URI)], [oldRoot], 'expired'],
    ['of an authority not valid yet', [pki.client('h', newMiddle, URI), newMiddle], [root], 'notYet'],
    [
      'of an authority with an unknown critical extension',
      [pki.client('i', unknown, URI), unknown],
      [root],
      'untrusted',
    ],
    ['that expired', [pki.client('j', root, URI, OLD)], [root], 'expired'],
    ['not valid yet', [pki.client('k', root, URI, { from: '20300101000000Z' })], [root], 'notYet'],
    ['signed with SHA-1', [pki.client('l', root, URI, { digest: 'sha1' })], [root], 'weak'],
    ['that is revoked', [leaf], [root], 'revoked', [pki.revocationList(root, [leaf])]],
    [
      'of an authority that is revoked',
      [pki.client('m', revokedMiddle, URI), revokedMiddle],
      [root],
      'revoked',
      [revokingRoot, pki.revocationList(revokedMiddle)],
    ],
    [
      'of an authority that is revoked and trusted by name',
      [pki.client('n', revokedMiddle, URI)],
      [revokedMiddle, root],
      'revoked',
      [revokingRoot, pki.revocationList(revokedMiddle)],
    ],
    ['with a list out of date', [leaf], [root], 'unknown', [pastList]],
    ['with a list of the future', [leaf], [root], 'unknown', [futureList]],
    ['with the list of another authority', [leaf], [root], 'unknown', [pki.revocationList(other)]],
    ['with the list of an authority of the same name', [leaf], [root], 'unknown', [pki.revocationList(twin)]],
    ['with the list of one of two authorities', [below, middle], [root], 'unknown', [emptyMiddle]],
  ];
  for (const [name, [first, ...sent], authorities, expected, lists] of attacks)
    test(`a certificate ${name} is refused as ${expected}`, () => {
      assert.ok(first);
      const verdict = verify(first, sent, authorities, lists);
      assert.equal(verdict.kind === 'bad' ? verdict.fault : verdict.kind, expected, JSON.stringify(verdict));
    });

  const constraints: readonly (readonly [string, string, boolean])[] = [
    ['permitted;URI:one.example', 'URI:https://one.example/app', true],
    ['permitted;URI:.example', 'URI:https://one.example/app', true],
    ['permitted;URI:one.example', 'URI:https://two.example/app', false],
    ['permitted;URI:one.example', 'URI:https://one.example@two.example/app', false],
    ['permitted;URI:one.example', 'URI:https://sub.one.example/app', false],
    ['permitted;URI:one.example', 'URI:urn:one.example', false],
    ['permitted;URI:one.example', 'URI:https://one.example/,URI:https://two.example/', false],
    ['excluded;URI:one.example', 'URI:https://ONE.example/app', false],
    ['excluded;URI:one.example', 'URI:https://10.0.0.1/app', false],
    ['excluded;URI:one.example', 'URI:https://two.example/app', true],
    ['permitted;DNS:one.example', 'DNS:a.one.example', true],
    ['permitted;DNS:one.example', 'DNS:one.example', true],
    ['permitted;DNS:one.example', 'DNS:evilone.example', false],
    ['excluded;DNS:a.one.example', 'DNS:*.one.example', false],
    ['permitted;DNS:one.example', 'URI:https://two.example/app', true],
    ['permitted;email:one.example', 'email:a@one.example', true],
    ['permitted;email:one.example', 'email:a@sub.one.example', false],
    ['permitted;email:a@one.example', 'email:b@one.example', false],
    ['permitted;email:one.example', 'email:a@one.example@two.example', false],
    ['permitted;IP:10.0.0.0/255.0.0.0', 'URI:https://one.example/app', false],
  ];
  for (const [constraint, names, allowed] of constraints)
    test(`${names} is ${allowed ? '' : 'not '}within ${constraint}`, () => {
      const authority = named(constraint);
      const verdict = verify(pki.client('named', authority, names), [authority], [root], undefined);
      assert.equal(verdict.kind, allowed ? 'good' : 'bad', JSON.stringify(verdict));
    });

  test('a certificate with any one bit changed is not good, and reading it never throws', () => {
    for (let i = 0; i < leaf.der.length; i++) {
      const changed = Uint8Array.from(leaf.der);
      changed[i] = (changed[i] ?? 0) ^ (1 << (i % 8));
      const reading = readCertificate(changed);
      if (reading.kind === 'malformed') continue;
      const trust = readClientTrust({ authorities: root.pem, revocationLists: undefined });
      assert.ok(trust.kind === 'trust');
      assert.notEqual(verifyChain(reading.certificate, [], trust.trust, NOW).kind, 'good', `byte ${i}`);
    }
  });

  test('a chain may have eight certificates and no more', () => {
    let last = root;
    const sent: Issued[] = [];
    for (let i = 0; i < 7; i++) {
      last = pki.authority(`deep${i}`, { by: last });
      sent.push(last);
    }
    assert.equal(verify(pki.client('deep', sent[5] ?? root, URI), sent, [root], undefined).kind, 'good');
    assert.equal(verify(pki.client('deep', last, URI), sent, [root], undefined).kind, 'noPath');
  });

  test('certificates that lead back to themselves are left after a bounded number of signatures', () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const loop = Array.from({ length: 7 }, () =>
      pki.authority('loop', { keyPair: pair, by: pki.authority('loop', { keyPair: pair }) }),
    );
    const start = pki.client('start', loop[0] ?? root, URI);
    assert.equal(verify(start, loop, [root], undefined).kind, 'noPath');
  });

  test('a list once signed is believed of its authority alone, and says so for every certificate', () => {
    const trust = readClientTrust({ authorities: root.pem + twin.pem, revocationLists: emptyRoot });
    assert.ok(trust.kind === 'trust');
    const twinLeaf = pki.client('twin', twin, URI);
    for (let i = 0; i < 2; i++) {
      assert.equal(verifyChain(facts(leaf.der), [], trust.trust, NOW).kind, 'good');
      assert.equal(verifyChain(facts(twinLeaf.der), [], trust.trust, NOW).kind, 'bad');
    }
  });
});
