import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HttpSignatureKey } from '../core/configuration.ts';
import { isRequestSigned, readRequestKey } from '../crypto/request-signature.ts';
import { signatureBase } from '../http/signature-base.ts';
import { readSignatures } from '../http/signature-fields.ts';

/** Keys of RFC 9421 appendix B.1. */
const PSS = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----`;
const RSA = `-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw
WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq
MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg
kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P
uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ
PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB
-----END RSA PUBLIC KEY-----`;
const ECC = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----`;
const ED = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----`;
const SECRET = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==';

const key = (algorithm: HttpSignatureKey['algorithm'], text: string) =>
  readRequestKey({ algorithm, key: text, consumer: 'x', scopes: [] });
const DIGEST = 'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:';

/** `test-request` of appendix B.2, and those of §4.3 and B.3. */
function request(host: string, input: string, signature: string, more: readonly string[] = [], date = '55') {
  return {
    method: 'POST',
    scheme: 'https' as const,
    fromTrustedProxy: false,
    host,
    path: '/foo',
    query: 'param=Value&Pet=dog',
    bodyBytesDeclared: 18,
    // As the gateway holds it: `host` and `content-length` are framing, and no fields any more.
    headers: [
      'date',
      `Tue, 20 Apr 2021 02:07:${date} GMT`,
      'content-type',
      'application/json',
      'content-digest',
      DIGEST,
      ...more,
      'signature-input',
      input,
      'signature',
      signature,
    ],
  };
}

const CLIENT_CERT =
  ':MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNaFw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcGzkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:';

const B21_INPUT = '();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"';
const B22_INPUT =
  '("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example"';
const B23_INPUT =
  '("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"';
const B25_INPUT = '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"';
const B26_INPUT =
  '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"';
const FIGURE_INPUT =
  '("@method" "@authority" "@path" "content-digest" "content-length" "content-type");created=1618884473;keyid="test-key-rsa-pss"';
const TTRP_INPUT =
  '("@path" "@query" "@method" "@authority" "client-cert");created=1618884473;keyid="test-key-ecc-p256"';
const PROXY_INPUT =
  '("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540';

interface Example {
  readonly name: string;
  readonly request: ReturnType<typeof request>;
  readonly key: ReturnType<typeof key>;
  readonly base: readonly string[];
}

const EXAMPLES: readonly Example[] = [
  {
    name: 'B.2.1 minimal, rsa-pss-sha512',
    request: request(
      'example.com',
      `sig-b21=${B21_INPUT}`,
      'sig-b21=:d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==:',
    ),
    key: key('rsa-pss-sha512', PSS),
    base: [`"@signature-params": ${B21_INPUT}`],
  },
  {
    name: 'B.2.2 selective, with a query parameter',
    request: request(
      'example.com',
      `sig-b22=${B22_INPUT}`,
      'sig-b22=:LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==:',
    ),
    key: key('rsa-pss-sha512', PSS),
    base: [
      '"@authority": example.com',
      `"content-digest": ${DIGEST}`,
      '"@query-param";name="Pet": dog',
      `"@signature-params": ${B22_INPUT}`,
    ],
  },
  {
    name: 'B.2.3 full coverage',
    request: request(
      'example.com',
      `sig-b23=${B23_INPUT}`,
      'sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==:',
    ),
    key: key('rsa-pss-sha512', PSS),
    base: [
      '"date": Tue, 20 Apr 2021 02:07:55 GMT',
      '"@method": POST',
      '"@path": /foo',
      '"@query": ?param=Value&Pet=dog',
      '"@authority": example.com',
      '"content-type": application/json',
      `"content-digest": ${DIGEST}`,
      '"content-length": 18',
      `"@signature-params": ${B23_INPUT}`,
    ],
  },
  {
    name: 'B.2.5 hmac-sha256',
    request: request('example.com', `sig-b25=${B25_INPUT}`, 'sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:'),
    key: key('hmac-sha256', SECRET),
    base: [
      '"date": Tue, 20 Apr 2021 02:07:55 GMT',
      '"@authority": example.com',
      '"content-type": application/json',
      `"@signature-params": ${B25_INPUT}`,
    ],
  },
  {
    name: 'B.2.6 ed25519',
    request: request(
      'example.com',
      `sig-b26=${B26_INPUT}`,
      'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
    ),
    key: key('ed25519', ED),
    base: [
      '"date": Tue, 20 Apr 2021 02:07:55 GMT',
      '"@method": POST',
      '"@path": /foo',
      '"@authority": example.com',
      '"content-type": application/json',
      '"content-length": 18',
      `"@signature-params": ${B26_INPUT}`,
    ],
  },
  {
    name: '§3.2 figure 2',
    request: request(
      'example.com',
      `sig1=${FIGURE_INPUT}`,
      'sig1=:HIbjHC5rS0BYaa9v4QfD4193TORw7u9edguPh0AW3dMq9WImrlFrCGUDih47vAxi4L2YRZ3XMJc1uOKk/J0ZmZ+wcta4nKIgBkKq0rM9hs3CQyxXGxHLMCy8uqK488o+9jrptQ+xFPHK7a9sRL1IXNaagCNN3ZxJsYapFj+JXbmaI5rtAdSfSvzPuBCh+ARHBmWuNo1UzVVdHXrl8ePL4cccqlazIJdC4QEjrF+Sn4IxBQzTZsL9y9TP5FsZYzHvDqbInkTNigBcE9cKOYNFCn4D/WM7F6TNuZO9EgtzepLWcjTymlHzK7aXq6Am6sfOrpIC49yXjj3ae6HRalVc/g==:',
    ),
    key: key('rsa-pss-sha512', PSS),
    base: [
      '"@method": POST',
      '"@authority": example.com',
      '"@path": /foo',
      `"content-digest": ${DIGEST}`,
      '"content-length": 18',
      '"content-type": application/json',
      `"@signature-params": ${FIGURE_INPUT}`,
    ],
  },
  {
    name: '§4.3 of a proxy, rsa-v1_5-sha256',
    request: request(
      'origin.host.internal.example',
      `proxy_sig=${PROXY_INPUT}`,
      'proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==:',
      ['forwarded', 'for=192.0.2.123;host=example.com;proto=https'],
      '56',
    ),
    key: key('rsa-v1_5-sha256', RSA),
    base: [
      '"@method": POST',
      '"@authority": origin.host.internal.example',
      '"@path": /foo',
      `"content-digest": ${DIGEST}`,
      '"content-type": application/json',
      '"content-length": 18',
      '"forwarded": for=192.0.2.123;host=example.com;proto=https',
      `"@signature-params": ${PROXY_INPUT}`,
    ],
  },
  {
    name: 'B.3 of a TLS-terminating proxy, ecdsa-p256-sha256',
    request: request(
      'service.internal.example',
      `ttrp=${TTRP_INPUT}`,
      'ttrp=:xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6Mce9315T6xoklyy0yzhD9ah4JHRwMLOgmizw==:',
      ['client-cert', CLIENT_CERT],
    ),
    key: key('ecdsa-p256-sha256', ECC),
    base: [
      '"@path": /foo',
      '"@query": ?param=Value&Pet=dog',
      '"@method": POST',
      '"@authority": service.internal.example',
      `"client-cert": ${CLIENT_CERT}`,
      `"@signature-params": ${TTRP_INPUT}`,
    ],
  },
];

function verifies(call: ReturnType<typeof request>, by: ReturnType<typeof key>): boolean {
  const reading = readSignatures(call);
  if (reading.kind !== 'signatures') return false;
  const [signature] = reading.signatures;
  if (signature === undefined) return false;
  const base = signatureBase(call, signature, undefined);
  return base.ok && isRequestSigned(base.text, signature.signature, by);
}

describe('the examples of RFC 9421', () => {
  for (const example of EXAMPLES) {
    test(`${example.name}: the base is theirs, and the signature verifies`, () => {
      const reading = readSignatures(example.request);
      assert.ok(reading.kind === 'signatures', JSON.stringify(reading));
      const [signature] = reading.signatures;
      assert.ok(signature !== undefined);
      assert.deepEqual(signatureBase(example.request, signature, undefined), {
        ok: true,
        text: example.base.join('\n'),
      });
      assert.ok(verifies(example.request, example.key));
    });

    test(`${example.name}: nothing that is covered can be changed`, () => {
      for (const line of example.base.slice(0, -1)) {
        const name = JSON.parse(line.slice(0, line.indexOf('"', 1) + 1)) as string;
        const { request: call } = example;
        const changed = {
          '@method': { ...call, method: 'PUT' },
          '@path': { ...call, path: '/fop' },
          '@query': { ...call, query: 'param=Value&Pet=cat' },
          '@query-param': { ...call, query: 'param=Value&Pet=cat' },
          '@authority': { ...call, host: 'example.org' },
          'content-length': { ...call, bodyBytesDeclared: 180 },
        }[name] ?? {
          ...call,
          headers: call.headers.map((value, at) =>
            at % 2 === 1 && call.headers[at - 1] === name ? `${value}0` : value,
          ),
        };
        assert.notDeepEqual(changed, call, name);
        assert.equal(verifies(changed, example.key), false, name);
      }
    });

    test(`${example.name}: not by another key, nor with a bit less`, () => {
      for (const other of EXAMPLES)
        if (other.key.algorithm !== example.key.algorithm)
          assert.equal(verifies(example.request, other.key), false, other.name);
      const cut = example.request.headers.map((value, at, all) =>
        at % 2 === 1 && all[at - 1] === 'signature' ? value.replace(/=:(..)/, '=:AA') : value,
      );
      assert.equal(verifies({ ...example.request, headers: cut }, example.key), false);
    });
  }

  test('B.2.4, an answer, is not read as a request', () => {
    const call = request(
      'example.com',
      'sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
      'sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:',
    );
    assert.equal(verifies(call, key('ecdsa-p256-sha256', ECC)), false);
  });

  test('§2.2.8: query parameters are encoded anew, and one that is there twice has no value', () => {
    const base = (query: string, name: string) => {
      const reading = readSignatures({
        headers: ['signature-input', `a=("@query-param";name="${name}");created=1`, 'signature', 'a=:AA==:'],
      });
      assert.ok(reading.kind === 'signatures');
      const built = signatureBase({ ...request('www.example.com', '', ''), query }, reading.signatures[0]!, undefined);
      return built.ok ? built.text.split('\n')[0] : 'none';
    };
    const query = 'var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something';
    assert.equal(base(query, 'var'), '"@query-param";name="var": this%20is%20a%20big%0Amultiline%20value');
    assert.equal(base(query, 'bar'), '"@query-param";name="bar": with%20plus%20whitespace');
    assert.equal(base(query, 'fa%C3%A7ade%22%3A%20'), '"@query-param";name="fa%C3%A7ade%22%3A%20": something');
    assert.equal(base('param=value&foo=bar&baz=batman&qux=', 'qux'), '"@query-param";name="qux": ');
    assert.equal(base('a=1&a=2', 'a'), 'none');
    assert.equal(base('a=1', 'b'), 'none');
  });

  test('§2.1: fields on several lines, structured fields, members and bytes', () => {
    const lines = [
      'cache-control',
      'max-age=60',
      'cache-control',
      '  must-revalidate ',
      'priority',
      'u=1,i',
      'example',
      'b',
      'example',
      'a, c',
    ];
    const value = (component: string) => {
      const reading = readSignatures({
        headers: ['signature-input', `a=(${component});created=1`, 'signature', 'a=:AA==:'],
      });
      assert.ok(reading.kind === 'signatures', component);
      const built = signatureBase({ ...request('h', '', ''), headers: lines }, reading.signatures[0]!, undefined);
      return built.ok ? built.text.split('\n')[0] : 'none';
    };
    assert.equal(value('"cache-control"'), '"cache-control": max-age=60, must-revalidate');
    assert.equal(value('"priority";sf'), '"priority";sf: u=1, i');
    assert.equal(value('"priority";key="u"'), '"priority";key="u": 1');
    assert.equal(value('"priority";key="x"'), 'none');
    assert.equal(value('"example";bs'), '"example";bs: :Yg==:, :YSwgYw==:');
    assert.equal(value('"example";sf'), 'none', 'nobody knows how to write it strictly');
    assert.equal(value('"missing"'), 'none');
    assert.equal(value('"example";tr'), 'none');
    assert.equal(value('"example";req'), 'none');
    assert.equal(value('"priority";bs;sf'), 'none');
  });
});
