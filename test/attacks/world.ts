import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { CERTIFICATE, KEY } from '../../src/config/tls-fixture.test.ts';
import { createReplayMemory, ReplayGuard } from '../../src/crypto/replay-memory.ts';
import { Judge, type JudgedRequest } from '../harness/judge.ts';
import { base64url, type Json, signTexts, signToken } from '../harness/tokens.ts';

export const NOW_MS = 1_800_000_000_000;
export const NOW = NOW_MS / 1000;
export const ISSUER = 'https://id.example.com';
export const OTHER = 'https://other.example.com';
export const AUDIENCE = 'https://api.example.com';

export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const ec384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
export const ed = generateKeyPairSync('ed25519');
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const otherEc = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const strangerEc = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const holder = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const secondHolder = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const secret = randomBytes(48).toString('base64');

export const jwk = (key: KeyObject, more: Json): Json => ({
  ...createPublicKey(key).export({ format: 'jwk' }),
  ...more,
});
export const keySet = {
  keys: [
    jwk(ec.privateKey, { kid: 'ec', alg: 'ES256', use: 'sig' }),
    jwk(ed.privateKey, { kid: 'ed', alg: 'Ed25519', use: 'sig' }),
    jwk(rsa.privateKey, { kid: 'rsa', alg: 'RS256', use: 'sig' }),
  ],
};

export const common = `audience: "${AUDIENCE}"`;
export const configuration = `version: 1
mode: enforce
listen: { tls: { cert: /srv/cert, key: /srv/key, clientAuth: request } }
upstreams: { orders: { url: "http://127.0.0.1:9" } }
authenticators:
  corp: { type: jwt, issuer: "${ISSUER}", ${common}, algorithms: [ES256, Ed25519, RS256], jwks: { file: corp }, requiredClaims: [tenant], groupsClaim: groups }
  other: { type: jwt, issuer: "${OTHER}", ${common}, algorithms: [ES256], jwks: { file: other } }
  shared: { type: jwt, issuer: "https://shared.example.com", ${common}, algorithms: [HS256], secrets: ["\${file:secret}"] }
  sloppy: { type: jwt, issuer: "https://sloppy.example.com", ${common}, algorithms: [ES256], jwks: { file: other }, typ: [jwt, none] }
  proved: { type: jwt, issuer: "${ISSUER}", ${common}, algorithms: [ES256], jwks: { file: corp }, binding: dpop }
  certified: { type: jwt, issuer: "${ISSUER}", ${common}, algorithms: [ES256], jwks: { file: corp }, binding: mtls }
  strong: { type: jwt, issuer: "${ISSUER}", ${common}, algorithms: [ES256], jwks: { file: corp }, stepUp: { acr: [gold], maxAgeSeconds: 300 } }
  keys: { type: api-key, header: x-api-key }
routes:
  - { id: a, match: { path: /a }, upstream: orders, authenticate: { anyOf: [corp, other] }, authorize: { scopes: [read] } }
  - { id: shared, match: { path: /shared }, upstream: orders, authenticate: { anyOf: [shared] } }
  - { id: sloppy, match: { path: /sloppy }, upstream: orders, authenticate: { anyOf: [sloppy] } }
  - { id: proved, match: { path: /proved }, upstream: orders, authenticate: { anyOf: [proved] } }
  - { id: certified, match: { path: /certified }, upstream: orders, authenticate: { anyOf: [certified] } }
  - { id: strong, match: { path: /strong }, upstream: orders, authenticate: { anyOf: [strong] } }
  - { id: both, match: { path: /both }, upstream: orders, authenticate: { anyOf: [corp, keys] } }
unmatched: deny
`;

/** Each row is judged by a gateway of its own, so that nothing depends on the order. */
export function judge(): Judge {
  return new Judge({
    configuration,
    nowMs: NOW_MS,
    files: {
      corp: JSON.stringify(keySet),
      other: JSON.stringify({ keys: [jwk(otherEc.privateKey, { kid: 'o1', alg: 'ES256', use: 'sig' })] }),
      secret,
      cert: CERTIFICATE,
      key: KEY,
    },
    parts: { replay: new ReplayGuard(createReplayMemory({ entries: 256, startedAtMs: NOW_MS - 3_600_000 })) },
  });
}

export const header = (change: Json = {}) => ({ alg: 'ES256', typ: 'at+jwt', kid: 'ec', ...change });
export const claims = (change: Json = {}): Json => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'ann',
  client_id: 'shop',
  scope: 'read write',
  tenant: 't1',
  jti: 'token-1',
  iat: NOW - 10,
  exp: NOW + 300,
  ...change,
});
export const without = (...names: string[]): Json =>
  Object.fromEntries(Object.entries(claims()).filter(([name]) => !names.includes(name)));
export const token = (headerChange: Json = {}, claimChange: Json = {}, key: KeyObject = ec.privateKey): string =>
  signToken(header(headerChange) as Json & { alg: string }, claims(claimChange), key);
export const ofClaims = (value: Json): string => signToken(header(), value, ec.privateKey);
export const ofPayload = (text: string): string => signTexts(JSON.stringify(header()), text, 'ES256', ec.privateKey);
export const ofHeader = (text: string, key = ec.privateKey, alg = 'ES256'): string =>
  signTexts(text, JSON.stringify(claims()), alg, key);
export const bearer = (text: string, target = '/a'): JudgedRequest => ({
  target,
  fields: ['authorization', `Bearer ${text}`],
});
export const parts = (text: string): [string, string, string] => text.split('.') as [string, string, string];

export const thumbprint = (key: KeyObject): string => {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
};
export const boundToken = (change: Json = {}): string =>
  token({}, { cnf: { jkt: thumbprint(holder.privateKey) }, ...change });
export const proof = (text: string, headerChange: Json = {}, claimChange: Json = {}, key = holder.privateKey): string =>
  signToken(
    { alg: 'ES256', typ: 'dpop+jwt', jwk: key.type === 'secret' ? {} : jwk(key, {}), ...headerChange } as Json & {
      alg: string;
    },
    {
      jti: 'proof-1',
      htm: 'GET',
      htu: 'https://api.example.com/proved',
      iat: NOW,
      ath: createHash('sha256').update(text).digest('base64url'),
      ...claimChange,
    },
    key,
  );
export const proved = (text: string, ...proofs: string[]): JudgedRequest => ({
  target: '/proved',
  fields: ['authorization', `DPoP ${text}`, ...proofs.flatMap((one) => ['dpop', one])],
});

export const certificate = { der: randomBytes(64), chainError: '' };
export const certified = { cnf: { 'x5t#S256': createHash('sha256').update(certificate.der).digest('base64url') } };

export const flipped = (segment: string): string => (segment.startsWith('A') ? 'B' : 'A') + segment.slice(1);
/** Another spelling of the same octets: the last character carries bits that encode nothing. */
export const respelt = (segment: string): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return segment.slice(0, -1) + (alphabet[alphabet.indexOf(segment.at(-1) ?? '') + 1] ?? '');
};
export const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
export const withSignature = (signature: Uint8Array, text = token()): string => {
  const [head, body] = parts(text);
  return `${head}.${body}.${base64url(signature)}`;
};
export const n256 = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

export interface Attack {
  readonly name: string;
  readonly make: () => JudgedRequest;
  readonly reason: string;
  readonly signal: string;
}
export const attack = (name: string, make: () => JudgedRequest | string, reason: string, signal: string): Attack => ({
  name,
  make: () => {
    const made = make();
    return typeof made === 'string' ? bearer(made) : made;
  },
  reason: reason.includes('.') ? reason : `authn.${reason}`,
  signal,
});
