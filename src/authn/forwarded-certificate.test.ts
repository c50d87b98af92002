import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { HAS_OPENSSL, type Issued, NO_OPENSSL, Pki } from '../../test/harness/pki.ts';
import type { Call } from '../core/call.ts';
import { compileCallPolicy, toCall } from '../http/call.ts';
import { type ForwardedSource, readForwarded } from './forwarded-certificate.ts';

const LIMITS = { headerBytesMax: 65_536, headerFieldsMax: 100 };

function callWith(fields: readonly string[], forwardedHeaders: readonly string[], remoteAddress = '10.0.0.1'): Call {
  const policy = compileCallPolicy(
    { trustedProxies: ['10.0.0.0/8'], listen: { limits: LIMITS } } as unknown as Parameters<
      typeof compileCallPolicy
    >[0],
    forwardedHeaders,
    forwardedHeaders,
  );
  return toCall(
    {
      method: 'GET',
      target: '/',
      httpVersion: '1.1',
      rawHeaders: ['host', 'api.example', ...fields],
      encrypted: false,
      remoteAddress,
      peer: undefined,
    },
    policy,
    'r',
  );
}

describe('certificates in fields of proxies', { skip: NO_OPENSSL }, () => {
  const pki = new Pki();
  after(() => pki.close());
  if (!HAS_OPENSSL) return;
  const root = pki.authority('root');
  const one = pki.client('one', root, 'URI:https://one.example/');
  const two = pki.client('two', root, 'URI:https://two.example/');
  const hash = (issued: Issued): string => createHash('sha256').update(issued.der).digest('hex');
  const escaped = (issued: Issued): string => encodeURIComponent(issued.pem);
  const element = (issued: Issued, rest = ''): string =>
    `By=spiffe://proxy/x;Hash=${hash(issued)};Cert="${escaped(issued)}"${rest}`;

  function read(source: ForwardedSource, value: string, ...more: string[]): string {
    const call = callWith([source.header, value, ...more], [source.header]);
    assert.equal(call.fault, undefined, call.fault?.detail);
    const reading = readForwarded(call, source);
    if (reading.kind !== 'certificate') return reading.kind;
    const name = [one, two, root].find(({ der }) => Buffer.compare(der, reading.leaf) === 0)?.name;
    return [name, ...reading.sent.map(() => 'sent')].join(' ');
  }

  const XFCC: ForwardedSource = { header: 'x-forwarded-client-cert', format: 'xfcc' };
  const xfcc: readonly (readonly [string, string, string])[] = [
    ['one element', element(one), 'one'],
    ['a quoted name with separators', element(one, ';Subject="CN=a\\,b;c=\\"d\\"";URI=https://one.example/'), 'one'],
    ['a chain', element(one, `;Chain="${encodeURIComponent(one.pem + root.pem)}"`), 'one sent'],
    ['keys in another case', element(one).replace('Hash', 'HASH').replace('Cert', 'cert'), 'one'],
    ['two elements: the nearest proxy counts', `${element(one)},${element(two)}`, 'two'],
    [
      'two elements, the last without certificate',
      `${element(one)},By=spiffe://proxy/y;Hash=${hash(two)}`,
      'malformed',
    ],
    ['a hash alone', `By=x;Hash=${hash(one)}`, 'malformed'],
    ['the hash of another', element(one).replace(hash(one), hash(two)), 'malformed'],
    ['no hash', `Cert="${escaped(one)}"`, 'malformed'],
    ['a name that adds a certificate', `By=x;Hash=${hash(one)};URI=y;Cert="${escaped(two)}"`, 'malformed'],
    ['a name that adds an element', `${element(one)};URI=y,Hash=${hash(two)};Cert="${escaped(two)}"`, 'malformed'],
    ['a name that adds an element, host', `${element(one)};DNS=y,${element(two)}`, 'malformed'],
    ['two certificates', element(one, `;Cert="${escaped(two)}"`), 'malformed'],
    ['two hashes', element(one, `;Hash=${hash(two)}`), 'malformed'],
    ['an unknown key', element(one, ';Evil=1'), 'malformed'],
    ['a certificate without quotes', element(one).replaceAll('"', ''), 'one'],
    ['a quote in the middle', element(one).replace('Cert="', 'Cert=x"'), 'malformed'],
    ['a quote that does not end', element(one).slice(0, -1), 'malformed'],
    ['text behind a quote', `${element(one)}x`, 'malformed'],
    ['a doubled backslash before the quote', element(one, ';Subject="a\\\\";URI=x'), 'malformed'],
    ['an escaped quote at the end', element(one, ';Subject="a\\"'), 'malformed'],
    ['a separator at the end', element(one, ';'), 'malformed'],
    ['a comma at the end', element(one, ','), 'malformed'],
    ['a comma at the beginning', `,${element(one)}`, 'malformed'],
    ['a space after the comma', `${element(two)}, ${element(one)}`, 'malformed'],
    [
      'a chain that begins with another',
      element(one, `;Chain="${encodeURIComponent(two.pem + one.pem)}"`),
      'malformed',
    ],
    ['two certificates in one', element(one).replace(escaped(one), encodeURIComponent(one.pem + two.pem)), 'malformed'],
    ['too many elements', Array.from({ length: 17 }, () => 'By=x').join(','), 'malformed'],
  ];
  for (const [name, value, expected] of xfcc)
    test(`x-forwarded-client-cert with ${name}: ${expected}`, () => assert.equal(read(XFCC, value), expected));

  const CLIENT_CERT: ForwardedSource = { header: 'client-cert', format: 'client-cert' };
  const base64 = (issued: Issued): string => Buffer.from(issued.der).toString('base64');
  const fields: readonly (readonly [string, string, readonly string[], string])[] = [
    ['a byte sequence', `:${base64(one)}:`, [], 'one'],
    [
      'a chain in two lines',
      `:${base64(one)}:`,
      ['Client-Cert-Chain', `:${base64(two)}: , :${base64(root)}:`, 'Client-Cert-Chain', `:${base64(root)}:`],
      'one sent sent sent',
    ],
    ['no colons', base64(one), [], 'malformed'],
    ['parameters', `:${base64(one)}:;a=1`, [], 'malformed'],
    ['two certificates', `:${base64(one)}:, :${base64(two)}:`, [], 'malformed'],
    [
      'base64url',
      `:${base64(one).replaceAll('+', '-').replaceAll('/', '_')}:`,
      [],
      /[+/]/.test(base64(one)) ? 'malformed' : 'one',
    ],
    ['base64 cut off', `:${base64(one)}A:`, [], 'malformed'],
    ['a space within', `:${base64(one).slice(0, 8)} ${base64(one).slice(8)}:`, [], 'malformed'],
    ['an empty sequence', '::', [], 'malformed'],
    ['an empty member of the chain', `:${base64(one)}:`, ['Client-Cert-Chain', `:${base64(two)}:,`], 'malformed'],
    [
      'a chain too long',
      `:${base64(one)}:`,
      ['Client-Cert-Chain', Array.from({ length: 9 }, () => `:${base64(two)}:`).join()],
      'malformed',
    ],
  ];
  for (const [name, value, more, expected] of fields)
    test(`Client-Cert with ${name}: ${expected}`, () => assert.equal(read(CLIENT_CERT, value, ...more), expected));

  const NGINX: ForwardedSource = { header: 'x-ssl-client-cert', format: 'url-pem' };
  for (const [name, value, expected] of [
    ['one certificate', escaped(one), 'one'],
    ['a broken escape', `${escaped(one)}%2`, 'malformed'],
    ['an escape outside ASCII', `${escaped(one)}%ff`, 'malformed'],
    ['two certificates', encodeURIComponent(one.pem + two.pem), 'malformed'],
    ['text around it', `x${escaped(one)}`, 'malformed'],
    ['escapes of escapes', encodeURIComponent(escaped(one)), 'malformed'],
    ['none', 'NONE', 'malformed'],
  ] as const)
    test(`an escaped PEM field with ${name}: ${expected}`, () => assert.equal(read(NGINX, value), expected));

  for (const source of [XFCC, CLIENT_CERT, NGINX])
    test(`${source.header} of anyone but a trusted proxy is stripped, and not read`, () => {
      const value = source === XFCC ? element(one) : source === NGINX ? escaped(one) : `:${base64(one)}:`;
      const call = callWith([source.header, value], [source.header], '192.0.2.1');
      assert.equal(call.fault, undefined);
      assert.ok(!call.headers.includes(source.header));
      assert.equal(readForwarded(call, source).kind, 'none');
      assert.equal(readForwarded({ ...call, headers: [source.header, value] }, source).kind, 'none');
      assert.equal(read(source, value), 'one');
      const imitated = source.header.replaceAll('-', '_');
      assert.equal(callWith([imitated, value], [source.header], '192.0.2.1').fault?.reason, 'framing.header_name');
    });

  test('a connection option cannot take the field away from a call', () => {
    const call = callWith(['connection', `close, ${NGINX.header}`, NGINX.header, escaped(one)], [NGINX.header]);
    assert.equal(call.fault === undefined ? readForwarded(call, NGINX).kind : 'refused', 'refused');
  });
});
