/**
 * What verifying a token costs beside the bare signature: `scripts/node bench/jwt-verify.ts`, about a minute. Reads and
 * verifies tokens that were not seen before (`readCompactJws`, `verifyJws`, strict claims), next to `crypto.verify` over the
 * same bytes, in interleaved rounds of one process; prints medians and the ratio of each algorithm.
 */
import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { JwsAlgorithm } from '../src/core/configuration.ts';
import { readCompactJws } from '../src/crypto/jose/compact-jws.ts';
import { parseStrictJson } from '../src/crypto/jose/strict-json.ts';
import type { VerificationKey } from '../src/crypto/jose/types.ts';
import { verifyJws } from '../src/crypto/jose/verify.ts';
import { signToken } from '../test/harness/tokens.ts';
import { median } from './micro/authentication.ts';

const TOKENS = 200;
const ROUNDS = 31;
const NOW = 1_800_000_000;

interface Kind {
  readonly algorithm: JwsAlgorithm;
  readonly pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly bare: (input: Uint8Array, signature: Uint8Array, key: KeyObject) => boolean;
}

const KINDS: readonly Kind[] = [
  {
    algorithm: 'ES256',
    pair: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    bare: (input, signature, key) => verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature),
  },
  {
    algorithm: 'Ed25519',
    pair: generateKeyPairSync('ed25519'),
    bare: (input, signature, key) => verify(null, input, key, signature),
  },
  {
    algorithm: 'RS256',
    pair: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    bare: (input, signature, key) => verify('sha256', input, key, signature),
  },
];

console.log('algorithm   bare µs   token µs   ratio');
for (const { algorithm, pair, bare } of KINDS) {
  const key: VerificationKey = { algorithm, kid: 'k', key: pair.publicKey };
  const tokens = Array.from({ length: TOKENS }, (_, n) =>
    signToken(
      { alg: algorithm, typ: 'at+jwt', kid: 'k' },
      {
        iss: 'https://id.example.com',
        aud: 'https://api.example.com',
        sub: `subject-${n}`,
        client_id: 'shop',
        scope: 'orders:read orders:write',
        jti: `token-${n}`,
        iat: NOW,
        exp: NOW + 300,
      },
      pair.privateKey,
    ),
  );
  const cut = tokens.map((token) => {
    const dot = token.lastIndexOf('.');
    return { input: Buffer.from(token.slice(0, dot)), signature: Buffer.from(token.slice(dot + 1), 'base64url') };
  });
  const bareRound = (): void => {
    for (const { input, signature } of cut) if (!bare(input, signature, pair.publicKey)) throw new Error('bare');
  };
  const tokenRound = (): void => {
    for (const token of tokens) {
      const read = readCompactJws(token, { bytesMax: 8_192, toleratePadding: false });
      if (read.kind !== 'jws' || !verifyJws(read.jws, key)) throw new Error('token');
      if (!parseStrictJson(read.jws.payload, { depthMax: 8, membersMax: 64 }).ok) throw new Error('claims');
    }
  };
  const bareMicros: number[] = [];
  const tokenMicros: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    for (const [run, micros] of [
      [bareRound, bareMicros],
      [tokenRound, tokenMicros],
    ] as const) {
      const startedAt = performance.now();
      run();
      if (round > 0) micros.push(((performance.now() - startedAt) * 1_000) / TOKENS);
    }
  const [one, other] = [median(bareMicros), median(tokenMicros)];
  console.log(
    `${algorithm.padEnd(10)}${one.toFixed(1).padStart(9)}${other.toFixed(1).padStart(11)}${(other / one).toFixed(2).padStart(8)}`,
  );
}
