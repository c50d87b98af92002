import type { JwsAlgorithm } from '../../src/core/configuration.ts';
import { editJson, objectText } from './json-text.ts';
import { claimsJson, goodMembers, memberTexts } from './mutate-claims.ts';
import { headerJson, payloadJson } from './mutate-json.ts';
import * as text from './mutate-text.ts';
import { SeededRandom } from './random.ts';
import { createSigner, encode, type Signer } from './signer.ts';

/** A token made from a good one, and the key and algorithm it is presented for. */
export interface MutatedToken {
  /** What was done to it. */
  readonly mutation: string;
  readonly signer: Signer;
  readonly token: string;
}

interface Source {
  readonly signer: Signer;
  readonly goods: readonly text.Parts[];
}

type Mutation = (random: SeededRandom, source: Source, good: text.Parts) => string;

/** How often each algorithm is drawn: rarer where a signature takes longer. */
const SHARES: readonly (readonly [algorithm: JwsAlgorithm, share: number])[] = [
  ['HS256', 30],
  ['HS384', 4],
  ['HS512', 4],
  ['ES256', 25],
  ['Ed25519', 22],
  ['ES384', 1],
  ['ES512', 1],
  ['RS256', 8],
  ['PS256', 3],
  ['RS512', 1],
  ['PS512', 1],
];
const GOOD_TOKENS = 16;

/** Mutations of the text of a token, with the signature it had. */
const UNSIGNED: Readonly<Record<string, Mutation>> = {
  'flip a bit': (random, _, good) =>
    text.join(text.changeSegment(random, good, (segment) => text.flipBit(random, segment))),
  'change a character': (random, _, good) => text.changeText(random, text.join(good)),
  respell: (random, _, good) => text.join(text.changeSegment(random, good, (segment) => text.respell(random, segment))),
  truncate: (random, _, good) => {
    const token = text.join(good);
    const length = random.below(token.length);
    return random.isHeads() ? token.slice(0, length) : token.slice(-length);
  },
  'swap segments': (random, _, good) => text.rearrange(random, good),
  'segments of two tokens': (random, { goods }, good) =>
    text.join({ header: random.pick(goods).header, payload: random.pick(goods).payload, signature: good.signature }),
  wrap: (random, _, good) => text.wrap(random, good),
  'change the signature': (random, { signer }, good) => text.changeSignature(random, signer, good),
  'key as secret': (random, { signer }, good) => text.confuseKey(random, signer, good),
  'header without signing': (random, { signer }, good) =>
    text.join({ ...good, header: encode(headerJson(random, signer.algorithm)) }),
  'claims without signing': (random, _, good) => text.join({ ...good, payload: encode(payloadJson(random)) }),
  nothing: (_, __, good) => text.join(good),
};

/** Tokens with a right signature of what they say: what is refused is refused for what it says. */
const SIGNED: Readonly<Record<string, Mutation>> = {
  'signed header': (random, { signer }, good) =>
    sign(signer, `${encode(headerJson(random, signer.algorithm))}.${good.payload}`),
  'signed claims': (random, { signer }, good) => sign(signer, `${good.header}.${encode(payloadJson(random))}`),
  'signed registered claims': (random, { signer }, good) =>
    sign(signer, `${good.header}.${encode(claimsJson(random))}`),
  'signed header and claims': (random, { signer }) =>
    sign(signer, `${encode(headerJson(random, signer.algorithm))}.${encode(payloadJson(random))}`),
  'signed edits of the header': (random, { signer }, good) => {
    const json = Buffer.from(good.header, 'base64url').toString();
    return sign(signer, `${encode(editJson(random, json))}.${good.payload}`);
  },
  'signed respelling': (random, { signer }, good) => {
    const spelt = random.isHeads()
      ? { ...good, header: text.respell(random, good.header) }
      : { ...good, payload: text.respell(random, good.payload) };
    return sign(signer, `${spelt.header}.${spelt.payload}`);
  },
  'signed padding': (_, { signer }, good) => sign(signer, `${text.pad(good.header)}.${text.pad(good.payload)}`),
};

const UNSIGNED_NAMES = Object.keys(UNSIGNED);
const SIGNED_NAMES = Object.keys(SIGNED);

/**
 * An endless supply of tokens that are almost good. The seed decides what is done to them; the keys are new each time,
 * and with them the signatures. About half are rightly signed after they were changed.
 */
export function createTokenMutator(seed: number): { next(): MutatedToken } {
  const random = new SeededRandom(seed);
  const sources = SHARES.flatMap(([algorithm, share]) => {
    const source = createSource(random, algorithm);
    return Array.from({ length: share }, () => source);
  });
  return {
    next() {
      const source = random.pick(sources);
      const isSigned = random.isHeads();
      const mutation = random.pick(isSigned ? SIGNED_NAMES : UNSIGNED_NAMES);
      const mutate = (isSigned ? SIGNED : UNSIGNED)[mutation];
      if (mutate === undefined) throw new RangeError(mutation);
      return { mutation, signer: source.signer, token: mutate(random, source, random.pick(source.goods)) };
    },
  };
}

function createSource(random: SeededRandom, algorithm: JwsAlgorithm): Source {
  const signer = createSigner(algorithm);
  const goods = Array.from({ length: GOOD_TOKENS }, (_, i) => {
    const alg = algorithm === 'Ed25519' && random.isHeads() ? 'EdDSA' : algorithm;
    const header = encode(JSON.stringify({ alg, typ: 'at+jwt', kid: `k${i}` }));
    // As long as their number says, so that each length of a last group of base64url is there.
    const members = goodMembers(random).set('n', `"${'x'.repeat(i)}"`);
    const payload = encode(objectText(random, memberTexts(members)));
    return { header, payload, signature: encode(signer.sign(`${header}.${payload}`)) };
  });
  return { signer, goods };
}

/** Signed as the characters stand, also those that no good token has. */
function sign(signer: Signer, input: string): string {
  return `${input}.${encode(signer.sign(input))}`;
}
