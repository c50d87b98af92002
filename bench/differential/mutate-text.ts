import { createHmac } from 'node:crypto';
import type { SeededRandom } from './random.ts';
import { encode, type Signer } from './signer.ts';

/** The three segments of a good token. */
export interface Parts {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** Characters that readers of base64url have skipped, taken or cut in two. */
const STRANGE = [
  ...'=+/%.,:;~"\'{} \t\r\n\0\x7f',
  '==',
  '%3D',
  '\r\n',
  '\u00a0',
  '\u0141',
  '\uff21',
  '\u{1f600}',
  '\ufeff',
];
const ALPHABET = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];

export const join = ({ header, payload, signature }: Parts): string => `${header}.${payload}.${signature}`;
export const pad = (segment: string): string => segment + '='.repeat((4 - (segment.length & 3)) & 3);

export function changeSegment(random: SeededRandom, base: Parts, change: (segment: string) => string): Parts {
  switch (random.below(3)) {
    case 0:
      return { ...base, header: change(base.header) };
    case 1:
      return { ...base, payload: change(base.payload) };
    default:
      return { ...base, signature: change(base.signature) };
  }
}

export function flipBit(random: SeededRandom, segment: string): string {
  const bytes = Buffer.from(segment, 'base64url');
  if (bytes.length === 0) return 'AA';
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return encode(bytes);
}

/** Other texts that lax decoders take for the same octets. */
export function respell(random: SeededRandom, segment: string): string {
  switch (random.below(6)) {
    case 0: {
      const last = ALPHABET.indexOf(segment.at(-1) ?? 'A');
      return segment.slice(0, -1) + (ALPHABET[last ^ (1 + random.below(3))] ?? 'A');
    }
    case 1:
      return pad(segment);
    case 2:
      return Buffer.from(segment, 'base64url').toString('base64');
    case 3:
      return segment.replaceAll('-', '+').replaceAll('_', '/');
    case 4:
      return `${segment}${random.pick(['A', '=', '==', '===', 'AA==', '\n', ' '])}`;
    default: {
      const at = random.below(segment.length + 1);
      return segment.slice(0, at) + random.pick([' ', '\n', '\r\n', '\t', '=']) + segment.slice(at);
    }
  }
}

export function changeText(random: SeededRandom, token: string): string {
  const at = random.below(token.length + 1);
  switch (random.below(5)) {
    case 0:
      return token.slice(0, at) + random.pick(ALPHABET) + token.slice(at + 1);
    case 1:
      return token.slice(0, at) + random.pick(STRANGE) + token.slice(at);
    case 2:
      return token.slice(0, at) + random.pick(STRANGE) + token.slice(at + 1);
    case 3:
      return token.slice(0, at) + token.slice(at + 1);
    default:
      return (
        token.slice(0, at) + String.fromCharCode(token.charCodeAt(at) ^ (1 << random.below(8))) + token.slice(at + 1)
      );
  }
}

export function rearrange(random: SeededRandom, base: Parts): string {
  const { header, payload, signature } = base;
  return random
    .pick([
      [payload, header, signature],
      [header, signature, payload],
      [signature, payload, header],
      [header, payload],
      [header, payload, ''],
      [header, '', signature],
      ['', payload, signature],
      [header, payload, signature, ''],
      ['', header, payload, signature],
      [header, payload, signature, signature],
      [header, payload, signature, signature, signature],
      [header, header, payload, signature],
      [header, payload, payload, signature],
      [header, payload, '', signature],
      [header],
      [],
    ])
    .join('.');
}

export function wrap(random: SeededRandom, base: Parts): string {
  const { header, payload, signature } = base;
  const token = join(base);
  return random.pick([
    ` ${token}`,
    `${token} `,
    `\t${token}`,
    `${token}\n`,
    `"${token}"`,
    `Bearer ${token}`,
    `${token},${token}`,
    `\ufeff${token}`,
    JSON.stringify({ protected: header, payload, signature }),
    JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    JSON.stringify(token),
    encode(token),
  ]);
}

/** Signatures that verifiers have taken without a key, or in another encoding. */
export function changeSignature(random: SeededRandom, signer: Signer, base: Parts): string {
  const right = Buffer.from(base.signature, 'base64url');
  const input = `${base.header}.${base.payload}`;
  const half = right.length >> 1;
  const choices: (() => Uint8Array)[] = [
    () => Buffer.alloc(right.length),
    () => Buffer.alloc(right.length, 0xff),
    () => Buffer.alloc(right.length, 1),
    () => Buffer.concat([Buffer.alloc(half), right.subarray(half)]),
    () => Buffer.concat([right.subarray(0, half), Buffer.alloc(half)]),
    () => Buffer.concat([right.subarray(half), right.subarray(0, half)]),
    () => Buffer.concat([Buffer.alloc(1), right]),
    () => Buffer.concat([right, Buffer.alloc(1)]),
    () => Buffer.concat([Buffer.alloc(1), right.subarray(0, half), Buffer.alloc(1), right.subarray(half)]),
    () => right.subarray(0, right.length - 1),
    () => right.subarray(1),
    () => Buffer.concat([right, right]),
    () => Buffer.alloc(random.below(300), random.below(256)),
    () => signer.signDer(input) ?? Buffer.alloc(0),
    () => Buffer.from((signer.signDer(input) ?? right).toString('hex')),
    () => signer.signWithOther(input),
  ];
  return `${input}.${encode(random.pick(choices)())}`;
}

/** The public key as a secret, the oldest of confusions, in the forms a verifier might hold it. */
export function confuseKey(random: SeededRandom, signer: Signer, base: Parts): string {
  const { key } = signer;
  const secrets: (string | Buffer)[] = ['', 'secret', '\0'];
  if (key.type === 'public') {
    const pem = key.export({ format: 'pem', type: 'spki' }).toString();
    secrets.push(
      pem,
      pem.trim(),
      key.export({ format: 'der', type: 'spki' }),
      JSON.stringify(key.export({ format: 'jwk' })),
    );
  }
  const bits = random.pick([256, 384, 512]);
  const alg = random.pick([`HS${bits}`, `HS${bits}`, signer.algorithm]);
  const input = `${encode(JSON.stringify({ alg }))}.${base.payload}`;
  return `${input}.${createHmac(`sha${bits}`, random.pick(secrets)).update(input).digest('base64url')}`;
}
