import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, test } from 'node:test';
import type { BodySource, Call, CollectedBody } from '../core/call.ts';
import type { HttpSignatureAuthenticatorConfig } from '../core/configuration.ts';
import type { Verdict } from '../core/verdict.ts';
import { createReplayMemory, ReplayGuard } from '../crypto/replay-memory.ts';
import type { RegisteredConsumer } from './consumer-of.ts';
import { createHttpSignatureAuthenticator } from './http-signature.ts';

const NOW_MS = 1_800_000_000_000;
const NOW = NOW_MS / 1_000;
const BODY = Buffer.from('{"hello":"world"}');
const ed = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

const CONFIG: HttpSignatureAuthenticatorConfig = {
  type: 'http-signature',
  components: ['@method', '@target-uri', 'content-digest'],
  maxAgeSeconds: 300,
  skewSeconds: 30,
  requireNonce: false,
  tag: undefined,
  keys: {
    ed: { algorithm: 'ed25519', key: pem(ed.publicKey), consumer: 'acme', scopes: ['write'] },
    pkcs: { algorithm: 'rsa-v1_5-sha256', key: pem(rsa.publicKey), consumer: 'acme', scopes: [] },
  },
  bodyBytesMax: 1_000,
  origin: undefined,
};

interface Setting {
  readonly config?: Partial<HttpSignatureAuthenticatorConfig>;
  readonly entries?: number;
  readonly startedAtMs?: number;
  readonly consumer?: RegisteredConsumer;
  readonly monotonicMs?: () => number;
}

function authenticator(setting: Setting = {}) {
  const { config = {}, entries = 64, startedAtMs = NOW_MS - 3_600_000, consumer, monotonicMs = () => 0 } = setting;
  return createHttpSignatureAuthenticator({
    name: 'partner',
    config: { ...CONFIG, ...config },
    replay: new ReplayGuard(createReplayMemory({ entries, startedAtMs })),
    consumers: { find: () => consumer },
    monotonicMs,
  });
}

interface Signing {
  readonly created?: number;
  readonly keyId?: string;
  readonly more?: string;
  readonly key?: KeyObject;
  readonly origin?: string;
}

/** A signed POST with a body, as a good client makes it, but for what is changed. */
function signed({
  created = NOW,
  keyId = 'ed',
  more = '',
  key = ed.privateKey,
  origin = 'https://api.example.com',
}: Signing = {}): Call {
  const digest = `sha-256=:${createHash('sha256').update(BODY).digest('base64')}:`;
  const params = `("@method" "@target-uri" "content-digest" "content-length");created=${created};keyid="${keyId}"${more}`;
  const base = Buffer.from(
    `"@method": POST\n"@target-uri": ${origin}/a?b=c\n"content-digest": ${digest}\n"content-length": ${BODY.length}\n"@signature-params": ${params}`,
  );
  const signature = sign(key.asymmetricKeyType === 'rsa' ? 'sha256' : null, base, key).toString('base64');
  return {
    requestId: 'id',
    method: 'POST',
    scheme: 'https',
    host: 'api.example.com',
    path: '/a',
    pathAmbiguities: 0,
    query: 'b=c',
    httpVersion: '1.1',
    headers: ['content-digest', digest, 'signature-input', `s=${params}`, 'signature', `s=:${signature}:`],
    address: { text: '192.0.2.1', group: '192.0.2.1' },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'length',
    bodyBytesDeclared: BODY.length,
    upgrade: '',
    fault: undefined,
  };
}

const WHOLE: CollectedBody = { kind: 'whole', bytes: BODY };
const holding = (body: CollectedBody): BodySource => ({ collect: () => body });
const NEVER: BodySource = { collect: () => assert.fail('the body was read') };

/** What it came to, in words that compare: reason and signal, or the consumer. */
function inWords(verdict: Verdict | Promise<Verdict>): string {
  assert.ok(!(verdict instanceof Promise), 'it is waiting');
  switch (verdict.kind) {
    case 'pass':
      return `pass ${verdict.principal?.consumer}`;
    case 'deny':
      return `${verdict.reason} ${verdict.signals?.map(({ name }) => name).join(' ') ?? ''}`;
    case 'notApplicable':
      return 'notApplicable';
    case 'indeterminate':
      return `unknown ${verdict.fault.reason}`;
  }
}

describe('a signed request', () => {
  test('is its consumer’s, once', () => {
    const partner = authenticator({ consumer: { groups: ['eu'], tier: 'gold', disabled: false } });
    const verdict = partner.authenticate(signed(), NOW_MS, holding(WHOLE));
    assert.ok(!(verdict instanceof Promise) && verdict.kind === 'pass');
    const { consumer, subject, scopes, groups, tier, method, credentialId, binding } = verdict.principal ?? {};
    assert.deepEqual(
      [consumer, subject, scopes, groups, tier, method, credentialId, binding],
      ['acme', 'acme', ['write'], ['eu'], 'gold', 'http-signature', 'ed', 'none'],
    );
    assert.equal(
      inWords(partner.authenticate(signed(), NOW_MS, holding(WHOLE))),
      'authn.signature_replay signature.replay',
    );
  });

  test('by another algorithm is judged by its key’s', () => {
    const call = signed({ keyId: 'pkcs', key: rsa.privateKey });
    assert.equal(inWords(authenticator().authenticate(call, NOW_MS, holding(WHOLE))), 'pass acme');
  });

  test('is for the origin clients see', () => {
    const partner = authenticator({ config: { origin: 'https://Public.example:443/' } });
    const right = signed({ origin: 'https://public.example' });
    assert.equal(inWords(partner.authenticate(right, NOW_MS, holding(WHOLE))), 'pass acme');
    assert.equal(inWords(partner.authenticate(signed(), NOW_MS, NEVER)), 'authn.signature_wrong signature.wrong');
  });

  test('is one of this kind as soon as either field is there', () => {
    const partner = authenticator();
    const call = signed();
    assert.equal(partner.presents(call), true);
    assert.equal(partner.presents({ ...call, headers: ['signature', ''] }), true);
    assert.equal(partner.presents({ ...call, headers: ['signature-input', ''] }), true);
    assert.equal(partner.presents({ ...call, headers: ['x-signature', ''] }), false);
    assert.equal(inWords(partner.authenticate({ ...call, headers: [] }, NOW_MS, NEVER)), 'notApplicable');
  });
});

describe('what is refused leaves the right request good', () => {
  const FIRST: readonly (readonly [string, (partner: ReturnType<typeof authenticator>) => unknown, string])[] = [
    [
      'another body',
      (partner) => partner.authenticate(signed(), NOW_MS, holding({ kind: 'whole', bytes: Buffer.from('{}') })),
      'authn.signature_digest signature.digest',
    ],
    [
      'a body that is too large',
      (partner) => partner.authenticate(signed(), NOW_MS, holding({ kind: 'tooLarge' })),
      'body.too_large signature.body_size',
    ],
    [
      'a body that broke off',
      (partner) => partner.authenticate(signed(), NOW_MS, holding({ kind: 'broken' })),
      'framing.body ',
    ],
    [
      'no room for the body',
      (partner) => partner.authenticate(signed(), NOW_MS, holding({ kind: 'busy' })),
      'unknown authn.unavailable',
    ],
    [
      'another length',
      (partner) => partner.authenticate({ ...signed(), bodyBytesDeclared: 3 }, NOW_MS, NEVER),
      'authn.signature_wrong signature.wrong',
    ],
    [
      'a length that is not declared',
      (partner) => partner.authenticate({ ...signed(), bodyFraming: 'chunked', bodyBytesDeclared: -1 }, NOW_MS, NEVER),
      'authn.signature_coverage signature.component',
    ],
    [
      'no body at all',
      (partner) => partner.authenticate({ ...signed(), bodyFraming: 'none' }, NOW_MS, NEVER),
      'authn.signature_digest signature.digest',
    ],
    [
      'a clock that is behind',
      (partner) => partner.authenticate(signed(), NOW_MS - 31_000, NEVER),
      'authn.signature_expired signature.future',
    ],
    [
      'our key under a name that is nobody’s',
      (partner) => partner.authenticate(signed({ keyId: 'nobody' }), NOW_MS, NEVER),
      'authn.signature_key signature.key_unknown',
    ],
    [
      'the name of a key of another kind',
      (partner) => partner.authenticate(signed({ keyId: 'pkcs' }), NOW_MS, NEVER),
      'authn.signature_wrong signature.wrong',
    ],
    [
      'a signature by somebody else',
      (partner) => partner.authenticate(signed({ key: stranger.privateKey }), NOW_MS, NEVER),
      'authn.signature_wrong signature.wrong',
    ],
  ];
  for (const [name, attack, expected] of FIRST)
    test(name, () => {
      const partner = authenticator();
      assert.equal(inWords(attack(partner) as Verdict), expected);
      assert.equal(inWords(partner.authenticate(signed(), NOW_MS, holding(WHOLE))), 'pass acme');
    });
});

describe('what cannot be known is neither right nor wrong', () => {
  test('a request that may have been made before the start', () => {
    const partner = authenticator({ startedAtMs: NOW_MS - 30_000 });
    assert.equal(inWords(partner.authenticate(signed(), NOW_MS, holding(WHOLE))), 'unknown authn.unavailable');
    const later = signed({ created: NOW + 1 });
    assert.equal(inWords(partner.authenticate(later, NOW_MS, holding(WHOLE))), 'pass acme');
  });

  test('a memory that is full', () => {
    const partner = authenticator({ entries: 1 });
    const words = Array.from({ length: 17 }, (_, i) =>
      inWords(partner.authenticate(signed({ more: `;nonce="${i}"` }), NOW_MS, holding(WHOLE))),
    );
    assert.deepEqual([...new Set(words.slice(0, 16))], ['pass acme']);
    assert.equal(words[16], 'unknown authn.unavailable');
  });
});

describe('a body that is held back', () => {
  const late = (): { source: BodySource; arrive: (body: CollectedBody) => void } => {
    const { promise, resolve } = Promise.withResolvers<CollectedBody>();
    return { source: { collect: () => promise }, arrive: resolve };
  };

  test('is waited for', async () => {
    let ms = 0;
    const { source, arrive } = late();
    const verdict = authenticator({ monotonicMs: () => ms }).authenticate(signed(), NOW_MS, source);
    ms = 20_000;
    arrive(WHOLE);
    assert.equal(inWords(await verdict), 'pass acme');
  });

  test('does not outlast the memory of the request it copies', async () => {
    let ms = 0;
    const partner = authenticator({ entries: 1, monotonicMs: () => ms });
    assert.equal(inWords(partner.authenticate(signed(), NOW_MS, holding(WHOLE))), 'pass acme');
    const { source, arrive } = late();
    const copy = partner.authenticate(signed(), NOW_MS + 329_000, source);
    // Meanwhile the original is forgotten, and others take its place.
    ms = 60_000;
    const laterMs = NOW_MS + 329_000 + ms;
    for (let i = 0; i < 16; i++) {
      const other = signed({ created: laterMs / 1_000, more: `;nonce="${i}"` });
      assert.equal(inWords(partner.authenticate(other, laterMs, holding(WHOLE))), 'pass acme');
    }
    arrive(WHOLE);
    assert.equal(inWords(await copy), 'authn.signature_expired signature.expired');
  });

  test('of two copies at once one counts', async () => {
    const partner = authenticator();
    const one = late();
    const two = late();
    const verdicts = [
      partner.authenticate(signed(), NOW_MS, one.source),
      partner.authenticate(signed(), NOW_MS, two.source),
    ];
    two.arrive(WHOLE);
    one.arrive(WHOLE);
    const words = (await Promise.all(verdicts)).map(inWords);
    assert.deepEqual(words.sort(), ['authn.signature_replay signature.replay', 'pass acme']);
  });

  test('that breaks off late is broken, not old', async () => {
    let ms = 0;
    const { source, arrive } = late();
    const verdict = authenticator({ monotonicMs: () => ms }).authenticate(signed(), NOW_MS, source);
    ms = 3_600_000;
    arrive({ kind: 'broken' });
    assert.equal(inWords(await verdict), 'framing.body ');
  });
});

test('a consumer that is disabled has no keys, from one call to the next', () => {
  let registered: RegisteredConsumer | undefined;
  const partner = createHttpSignatureAuthenticator({
    name: 'partner',
    config: CONFIG,
    replay: new ReplayGuard(createReplayMemory({ entries: 64, startedAtMs: NOW_MS - 3_600_000 })),
    consumers: { find: () => registered },
    monotonicMs: () => 0,
  });
  const words = (nonce: number) =>
    inWords(partner.authenticate(signed({ more: `;nonce="${nonce}"` }), NOW_MS, holding(WHOLE)));
  assert.equal(words(1), 'pass acme');
  registered = { groups: [], tier: '', disabled: true };
  assert.equal(words(2), 'authn.signature_key signature.consumer_disabled');
  registered = { groups: [], tier: '', disabled: false };
  assert.equal(words(2), 'pass acme');
});

describe('which keys there are', () => {
  /** What comes of 101 wrong attempts, and of one more with another key id. */
  const attempts = (keyId: string, then: string): readonly string[] => {
    const partner = authenticator();
    const words = (id: string) =>
      inWords(partner.authenticate(signed({ keyId: id, key: stranger.privateKey }), NOW_MS, NEVER));
    for (let i = 0; i < 101; i++) words(keyId);
    return [words(keyId), words(then)];
  };

  test('does not show in how many attempts an address has', () => {
    const throttled = 'authn.throttled signature.throttled';
    for (const keyId of ['ed', 'nobody'])
      for (const then of ['ed', 'nobody']) assert.deepEqual(attempts(keyId, then), [throttled, throttled]);
  });

  test('nor is anybody else’s address slowed down', () => {
    const partner = authenticator();
    const wrong = signed({ keyId: 'nobody' });
    for (let i = 0; i < 200; i++) void partner.authenticate(wrong, NOW_MS, NEVER);
    assert.equal(inWords(partner.authenticate(wrong, NOW_MS, NEVER)), 'authn.throttled signature.throttled');
    const elsewhere = { ...signed(), address: { text: '192.0.2.2', group: '192.0.2.2' } };
    assert.equal(inWords(partner.authenticate(elsewhere, NOW_MS, holding(WHOLE))), 'pass acme');
  });
});
