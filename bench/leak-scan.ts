/**
 * What looking for leaked credentials adds to an answer: `scripts/node bench/leak-scan.ts`, some seconds. Prints microseconds
 * per kilobyte of JSON, plain text and noise that begins like secrets all the time, medians over rounds; and what it adds to
 * a short answer and to a call with a query. Proves first that a planted key and a planted secret of a vendor are found in each.
 */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { issueApiKey } from '../src/crypto/api-key-format.ts';
import { ownKeyFormat } from '../src/crypto/secrets/own-key-format.ts';
import { SecretPatterns, SecretSearch } from '../src/crypto/secrets/secret-search.ts';
import { VENDOR_FORMATS } from '../src/crypto/secrets/vendor-formats.ts';
import { median } from './micro/authentication.ts';

const PIECE_BYTES = 16_384;
const PIECES = 64;
const ROUNDS = 21;
const patterns = new SecretPatterns([ownKeyFormat('sp'), ...VENDOR_FORMATS]);
const { key } = issueApiKey({ bytes: (count) => randomBytes(count) }, 'sp', 'live');
const secret = `gl${'pat'}-${randomBytes(15).toString('base64url')}`;

const texts: Readonly<Record<string, string>> = {
  'JSON records': JSON.stringify(
    Array.from({ length: 200 }, (_, id) => ({ id, name: `item ${id}`, price: id * 3, tags: ['spare', 'special'] })),
  ),
  prose: 'The sp of a sprint is a spark in the spring; nothing here is special, and nobody spoke of it. '.repeat(200),
  'random base64': randomBytes(PIECE_BYTES).toString('base64'),
  'noise like keys': 'sp_live_abc sp_test_ sp_x sp_'.repeat(700),
  'prefixes alone': 'sk-'.repeat(PIECE_BYTES),
  'look-alike tokens': `eyJ${'a1B2c3D4'.repeat(4)}.`.repeat(500),
  'the worst known': `${'gh'}p_${'a1B2c3D4e5F6g7H8'.repeat(2)}a`.repeat(500),
};

let found: string[] = [];
const listener = {
  secretFound(_format: unknown, text: string): void {
    found.push(text);
  },
};

for (const [name, text] of Object.entries(texts)) {
  const piece = Buffer.from(text.padEnd(PIECE_BYTES, ' ').slice(0, PIECE_BYTES));
  found = [];
  const planted = new SecretSearch(patterns, listener);
  planted.add(piece);
  planted.add(Buffer.from(` ${key} ${secret}`));
  planted.end();
  if (found.join() !== `${key},${secret}`) throw new Error(`what was planted was not found in ${name}`);
  found = [];
  const micros: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    const search = new SecretSearch(patterns, listener);
    for (let i = 0; i < PIECES; i++) search.add(piece);
    search.end();
    if (found.length > 0) throw new Error('a false alarm');
    if (round > 0) micros.push(((performance.now() - startedAt) * 1_000) / ((PIECES * PIECE_BYTES) / 1_024));
  }
  console.log(`${name.padEnd(18)}${median(micros).toFixed(3)} µs per KB`);
}

const short = Buffer.from('{"id":1001,"status":"open","total":"12.50"}'.padEnd(200));
const query = 'page=2&sort=created&filter=open';
for (const [name, run] of [
  [
    'a short answer',
    (search: SecretSearch) => {
      search.add(short);
      search.end();
    },
  ],
  ['a query', (search: SecretSearch) => search.whole(query)],
] as const) {
  const micros: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    for (let i = 0; i < 10_000; i++) run(new SecretSearch(patterns, listener));
    if (round > 0) micros.push((performance.now() - startedAt) / 10);
  }
  console.log(`${name.padEnd(18)}${median(micros).toFixed(3)} µs`);
}
