import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { describe, test } from 'node:test';
import { createReplayMemory, ReplayGuard } from '../../src/crypto/replay-memory.ts';
import { Judge, type JudgedRequest } from '../harness/judge.ts';

const NOW_MS = 1_800_000_000_000;
const NOW = NOW_MS / 1_000;
const BODY = Buffer.from('{"hello":"world"}');

const ed = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const secret = randomBytes(48);
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

const configuration = `version: 1
mode: enforce
upstreams: { orders: { url: "http://127.0.0.1:9" } }
authenticators:
  partner:
    type: http-signature
    components: ["@method", "@target-uri", content-digest]
    keys:
      ed: { algorithm: ed25519, publicKey: "\${file:ed}", consumer: acme, scopes: [write] }
      second: { algorithm: ed25519, publicKey: "\${file:other}", consumer: other }
      ec: { algorithm: ecdsa-p256-sha256, publicKey: "\${file:ec}", consumer: acme }
      mac: { algorithm: hmac-sha256, secret: "\${file:mac}", consumer: acme }
  tagged: { type: http-signature, tag: orders, requireNonce: true, maxBodyBytes: 100, keys: { ed: { algorithm: ed25519, publicKey: "\${file:ed}", consumer: acme } } }
routes:
  - { id: a, match: { path: "/a" }, upstream: orders, authenticate: { anyOf: [partner] } }
  - { id: t, match: { path: "/t" }, upstream: orders, authenticate: { anyOf: [tagged] } }
unmatched: deny
`;

function judge(startedAtMs = NOW_MS - 3_600_000): Judge {
  return new Judge({
    configuration,
    nowMs: NOW_MS,
    files: {
      ed: pem(ed.publicKey),
      other: pem(other.publicKey),
      ec: pem(ec.publicKey),
      mac: secret.toString('base64'),
    },
    parts: { replay: new ReplayGuard(createReplayMemory({ entries: 64, startedAtMs })) },
  });
}

interface Signing {
  readonly label?: string;
  /** Identifiers as they stand in the list. */
  readonly components?: readonly string[];
  readonly parameters?: string;
  readonly method?: string;
  readonly target?: string;
  readonly body?: Uint8Array | undefined;
  /** What stands in Content-Digest; the right one unless told. */
  readonly digest?: string;
  /** Values of components for the base, where they are not those of the request. */
  readonly values?: Readonly<Record<string, string>>;
  readonly key?: KeyObject | 'mac';
  readonly fields?: readonly string[];
}

const digestOf = (body: Uint8Array): string => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;

/** A signed POST as a good client makes it, but for what is changed. */
function signed({
  label = 'sig',
  components = ['"@method"', '"@target-uri"', '"content-digest"'],
  parameters = `;created=${NOW};keyid="ed"`,
  method = 'POST',
  target = '/a',
  body = BODY,
  digest = digestOf(body),
  values = {},
  key = ed.privateKey,
  fields = [],
}: Signing = {}): JudgedRequest {
  const params = `(${components.join(' ')})${parameters}`;
  const known: Readonly<Record<string, string>> = {
    '"@method"': method,
    '"@target-uri"': `https://api.example.com${target}`,
    '"@path"': target,
    '"@authority"': 'api.example.com',
    '"content-digest"': digest,
    '"content-digest";key="sha-256"': digest.slice('sha-256='.length),
    ...values,
  };
  const base = [...components.map((one) => `${one}: ${known[one] ?? ''}`), `"@signature-params": ${params}`].join('\n');
  const bytes = Buffer.from(base);
  const signature =
    key === 'mac'
      ? createHmac('sha256', secret).update(bytes).digest()
      : key.asymmetricKeyType === 'ec'
        ? sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
        : sign(null, bytes, key);
  return {
    method,
    target,
    body,
    fields: [
      'content-digest',
      digest,
      'signature-input',
      `${label}=${params}`,
      'signature',
      `${label}=:${signature.toString('base64')}:`,
      ...fields,
    ],
  };
}

const withFields = (request: JudgedRequest, change: (name: string, value: string) => string): JudgedRequest => ({
  ...request,
  fields: (request.fields ?? []).map((value, at, all) => (at % 2 === 1 ? change(all[at - 1] ?? '', value) : value)),
});
const without = (request: JudgedRequest, name: string): JudgedRequest => ({
  ...request,
  fields: (request.fields ?? []).filter((_, at, all) => all[at - (at % 2)] !== name),
});
const both = (one: JudgedRequest, two: JudgedRequest): JudgedRequest => ({
  ...one,
  fields: [...(one.fields ?? []), ...(two.fields ?? []).slice(2)],
});

const ATTACKS: readonly (readonly [string, () => JudgedRequest, string, string])[] = [
  ['no signature', () => ({ method: 'POST', target: '/a', body: BODY }), 'authn.missing', ''],
  [
    'only what would be signed',
    () => without(signed(), 'signature'),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  ['only a signature', () => without(signed(), 'signature-input'), 'authn.signature_malformed', 'signature.malformed'],
  [
    'labels that do not pair',
    () => withFields(signed(), (name, value) => (name === 'signature' ? value.replace('sig=', 'gis=') : value)),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'the same label twice',
    () => both(signed(), signed({ parameters: `;created=${NOW};keyid="second"`, key: other.privateKey })),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'a component twice',
    () => signed({ components: ['"@method"', '"@target-uri"', '"content-digest"', '"@method"'] }),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'a component twice, its parameters in another order',
    () =>
      signed({ components: ['"@method"', '"@target-uri"', '"content-digest"', '"x";sf;key="a"', '"x";key="a";sf'] }),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'an unknown parameter of the signature',
    () => signed({ parameters: `;created=${NOW};keyid="ed";admin="1"` }),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'an unknown parameter of a component',
    () => signed({ components: ['"@method";x', '"@target-uri"', '"content-digest"'] }),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'a component in capital letters',
    () => signed({ components: ['"@method"', '"@target-uri"', '"Content-Digest"'] }),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'a component that is a token',
    () => signed({ components: ['"@method"', '"@target-uri"', 'content-digest'] }),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'created that is text',
    () => signed({ parameters: `;created="${NOW}";keyid="ed"` }),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'a signature that is text',
    () => withFields(signed(), (name, value) => (name === 'signature' ? 'sig="abc"' : value)),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'five signatures',
    () => ({
      ...signed(),
      fields: [
        'signature-input',
        'a=(),b=(),c=(),d=(),e=()',
        'signature',
        'a=:AA==:,b=:AA==:,c=:AA==:,d=:AA==:,e=:AA==:',
      ],
    }),
    'authn.signature_malformed',
    'signature.malformed',
  ],
  [
    'partial coverage: without the method',
    () => signed({ components: ['"@target-uri"', '"content-digest"'] }),
    'authn.signature_coverage',
    'signature.coverage',
  ],
  [
    'partial coverage: the path in place of the target',
    () => signed({ components: ['"@method"', '"@path"', '"content-digest"'] }),
    'authn.signature_coverage',
    'signature.coverage',
  ],
  [
    'partial coverage: without the body',
    () => signed({ components: ['"@method"', '"@target-uri"'] }),
    'authn.signature_coverage',
    'signature.coverage',
  ],
  [
    'partial coverage: one member of the digest',
    () => signed({ components: ['"@method"', '"@target-uri"', '"content-digest";key="sha-256"'] }),
    'authn.signature_coverage',
    'signature.coverage',
  ],
  ['an empty list', () => signed({ components: [] }), 'authn.signature_coverage', 'signature.coverage'],
  [
    'a covered field that is not there',
    () => signed({ components: ['"@method"', '"@target-uri"', '"content-digest"', '"x-tenant"'] }),
    'authn.signature_coverage',
    'signature.component',
  ],
  [
    'the status of an answer',
    () => signed({ components: ['"@method"', '"@target-uri"', '"content-digest"', '"@status"'] }),
    'authn.signature_coverage',
    'signature.component',
  ],
  [
    'the component of another request',
    () => signed({ components: ['"@method"', '"@target-uri"', '"content-digest"', '"x-a";req'], fields: ['x-a', '1'] }),
    'authn.signature_coverage',
    'signature.component',
  ],
  ['no time', () => signed({ parameters: ';keyid="ed"' }), 'authn.signature_coverage', 'signature.undated'],
  ['no key id', () => signed({ parameters: `;created=${NOW}` }), 'authn.signature_key', 'signature.key_unknown'],
  [
    'an unknown key id',
    () => signed({ parameters: `;created=${NOW};keyid="nobody"` }),
    'authn.signature_key',
    'signature.key_unknown',
  ],
  [
    'a key id of every object',
    () => signed({ parameters: `;created=${NOW};keyid="constructor"` }),
    'authn.signature_key',
    'signature.key_unknown',
  ],
  [
    'key mix-up: signed by one, named another',
    () => signed({ parameters: `;created=${NOW};keyid="second"` }),
    'authn.signature_wrong',
    'signature.wrong',
  ],
  [
    'downgrade: alg of the message is a MAC with the public key',
    () => signed({ parameters: `;created=${NOW};keyid="ed";alg="hmac-sha256"` }),
    'authn.signature_key',
    'signature.algorithm',
  ],
  [
    'downgrade: alg is another one of the key’s family',
    () => signed({ parameters: `;created=${NOW};keyid="ec";alg="ecdsa-p384-sha384"`, key: ec.privateKey }),
    'authn.signature_key',
    'signature.algorithm',
  ],
  [
    'two signatures by keys of ours',
    () => both(signed(), signed({ label: 'two', parameters: `;created=${NOW};keyid="second"`, key: other.privateKey })),
    'authn.signature_malformed',
    'signature.several',
  ],
  [
    'too old',
    () => signed({ parameters: `;created=${NOW - 331};keyid="ed"` }),
    'authn.signature_expired',
    'signature.expired',
  ],
  [
    'from the future',
    () => signed({ parameters: `;created=${NOW + 31};keyid="ed"` }),
    'authn.signature_expired',
    'signature.future',
  ],
  [
    'expired by its own word',
    () => signed({ parameters: `;created=${NOW - 60};expires=${NOW - 31};keyid="ed"` }),
    'authn.signature_expired',
    'signature.expired',
  ],
  ['another method', () => ({ ...signed(), method: 'PUT' }), 'authn.signature_wrong', 'signature.wrong'],
  ['another query', () => ({ ...signed(), target: '/a?admin=1' }), 'authn.signature_wrong', 'signature.wrong'],
  [
    'another body of the same length',
    () => ({ ...signed(), body: Buffer.from('{"hello":"w0rld"}') }),
    'authn.signature_digest',
    'signature.digest',
  ],
  [
    'another body with its own digest',
    () =>
      withFields({ ...signed(), body: Buffer.from('evil') }, (name, value) =>
        name === 'content-digest' ? digestOf(Buffer.from('evil')) : value,
      ),
    'authn.signature_wrong',
    'signature.wrong',
  ],
  [
    'only a weak digest',
    () => signed({ digest: `md5=:${createHash('md5').update(BODY).digest('base64')}:` }),
    'authn.signature_digest',
    'signature.digest_weak',
  ],
  [
    'a right digest and a wrong one',
    () => signed({ digest: `${digestOf(BODY)}, sha-512=:AAAA:` }),
    'authn.signature_digest',
    'signature.digest',
  ],
  [
    'a digest that is text',
    () => signed({ digest: 'sha-256="abc"' }),
    'authn.signature_digest',
    'signature.digest_form',
  ],
  [
    'a digest twice',
    () => signed({ digest: `${digestOf(BODY)}, ${digestOf(Buffer.from('evil'))}` }),
    'authn.signature_digest',
    'signature.digest_form',
  ],
  [
    'a signature cut by one octet',
    () =>
      withFields(signed(), (name, value) =>
        name === 'signature'
          ? `sig=:${Buffer.from(value.slice(5, -1), 'base64').subarray(0, 63).toString('base64')}:`
          : value,
      ),
    'authn.signature_wrong',
    'signature.wrong',
  ],
  [
    'an Ed25519 signature of zeros',
    () =>
      withFields(signed(), (name, value) =>
        name === 'signature' ? `sig=:${Buffer.alloc(64).toString('base64')}:` : value,
      ),
    'authn.signature_wrong',
    'signature.wrong',
  ],
  [
    'psychic signature',
    () =>
      withFields(signed({ parameters: `;created=${NOW};keyid="ec"`, key: ec.privateKey }), (name, value) =>
        name === 'signature' ? `sig=:${Buffer.alloc(64).toString('base64')}:` : value,
      ),
    'authn.signature_wrong',
    'signature.wrong',
  ],
  [
    'cross-application: no tag where one is asked for',
    () => signed({ target: '/t', parameters: `;created=${NOW};keyid="ed";nonce="n"` }),
    'authn.signature_coverage',
    'signature.tag',
  ],
  [
    'cross-application: another tag',
    () => signed({ target: '/t', parameters: `;created=${NOW};keyid="ed";nonce="n";tag="payments"` }),
    'authn.signature_coverage',
    'signature.tag',
  ],
  [
    'cross-application: a tag where none is asked for',
    () => signed({ parameters: `;created=${NOW};keyid="ed";tag="orders"` }),
    'authn.signature_coverage',
    'signature.tag',
  ],
  [
    'no nonce where one is asked for',
    () => signed({ target: '/t', parameters: `;created=${NOW};keyid="ed";tag="orders"` }),
    'authn.signature_coverage',
    'signature.nonce_missing',
  ],
  [
    'a body that is too large for its digest to be checked',
    () =>
      signed({
        target: '/t',
        parameters: `;created=${NOW};keyid="ed";tag="orders";nonce="n"`,
        body: Buffer.alloc(101),
      }),
    'body.too_large',
    'signature.body_size',
  ],
  [
    'a line break in a covered field',
    () =>
      signed({ components: ['"@method"', '"@target-uri"', '"content-digest"', '"x-a"'], fields: ['x-a', 'caf\u00e9'] }),
    'authn.signature_coverage',
    'signature.component',
  ],
];

describe('attacks on signed requests', () => {
  for (const [name, make, reason, signal] of ATTACKS)
    test(name, async () => {
      const decision = await judge().judge(make());
      assert.equal(decision.effect, 'deny', 'it was let through');
      if (decision.effect !== 'deny') return;
      assert.equal(decision.enforced, true);
      assert.equal(decision.reason, reason, decision.detail);
      assert.deepEqual(
        decision.signals.map((one) => one.name),
        signal === '' ? [] : [signal],
      );
    });

  test('replay: a signed request counts once, on every spelling of its signature', async () => {
    const gateway = judge();
    const request = signed({ parameters: `;created=${NOW};keyid="ec"`, key: ec.privateKey });
    assert.equal((await gateway.judge(request)).effect, 'permit');
    const again = await gateway.judge(request);
    assert.equal(again.effect === 'deny' && again.reason, 'authn.signature_replay');
    // r and n − s make a right signature over the same text too.
    const n = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
    const mirrored = withFields(request, (name, value) => {
      if (name !== 'signature') return value;
      const bytes = Buffer.from(value.slice(5, -1), 'base64');
      const s = n - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
      return `sig=:${Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]).toString('base64')}:`;
    });
    const twin = await gateway.judge(mirrored);
    assert.equal(twin.effect === 'deny' && twin.reason, 'authn.signature_replay');
    const relabelled = withFields(request, (_, value) => value.replace(/^sig=/, 'other='));
    const renamed = await gateway.judge(relabelled);
    assert.equal(renamed.effect === 'deny' && renamed.reason, 'authn.signature_replay');
  });

  test('what may have been used before the start is neither taken nor refused as wrong', async () => {
    const decision = await judge(NOW_MS - 10_000).judge(signed());
    assert.equal(decision.effect === 'deny' && decision.reason, 'authn.unavailable');
    assert.equal(decision.effect === 'deny' && decision.status, 503);
  });
});

describe('what the attacks imitate is let in', () => {
  const good: Readonly<Record<string, () => JudgedRequest>> = {
    ed25519: () => signed(),
    ecdsa: () => signed({ parameters: `;created=${NOW};keyid="ec"`, key: ec.privateKey }),
    hmac: () => signed({ parameters: `;created=${NOW};keyid="mac"`, key: 'mac' }),
    'with alg that agrees': () => signed({ parameters: `;created=${NOW};keyid="ed";alg="ed25519"` }),
    'without a body': () => ({
      ...signed({ method: 'GET', components: ['"@method"', '"@target-uri"'] }),
      body: undefined as never,
    }),
    'a signature of somebody else beside it': () =>
      both(signed(), signed({ label: 'proxy', parameters: `;created=${NOW};keyid="proxy"`, key: other.privateKey })),
    'more than is asked for': () =>
      signed({ components: ['"@method"', '"@target-uri"', '"content-digest"', '"@authority"'] }),
    'tag and nonce': () => signed({ target: '/t', parameters: `;created=${NOW};keyid="ed";tag="orders";nonce="n1"` }),
  };
  for (const [name, make] of Object.entries(good))
    test(name, async () => {
      const decision = await judge().judge(make());
      assert.equal(
        decision.effect,
        'permit',
        decision.effect === 'deny' ? `${decision.reason}: ${decision.detail}` : '',
      );
      assert.equal(decision.principal?.consumer, 'acme');
    });
});
