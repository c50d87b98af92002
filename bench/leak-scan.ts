/**
 * What looking for leaked keys adds to an answer: `scripts/node bench/leak-scan.ts`, some seconds. Prints microseconds per
 * kilobyte of JSON, plain text and noise that begins like keys all the time, medians over rounds; and what it adds to a
 * short answer. Proves first that a planted key is found in each.
 */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { issueApiKey } from '../src/crypto/api-key-format.ts';
import { ApiKeySearch, keySearchNeedle } from '../src/crypto/api-key-search.ts';
import { median } from './micro/authentication.ts';

const PIECE_BYTES = 16_384;
const PIECES = 64;
const ROUNDS = 21;
const needle = keySearchNeedle('sp');
const { key, keyId } = issueApiKey({ bytes: (count) => randomBytes(count) }, 'sp', 'live');

const texts: Readonly<Record<string, string>> = {
  'JSON records': JSON.stringify(
    Array.from({ length: 200 }, (_, id) => ({ id, name: `item ${id}`, price: id * 3, tags: ['spare', 'special'] })),
  ),
  prose: 'The sp of a sprint is a spark in the spring; nothing here is special, and nobody spoke of it. '.repeat(200),
  'noise like keys': 'sp_live_abc sp_test_ sp_x sp_'.repeat(700),
};

for (const [name, text] of Object.entries(texts)) {
  const piece = Buffer.from(text.padEnd(PIECE_BYTES, ' ').slice(0, PIECE_BYTES));
  const planted = new ApiKeySearch(needle);
  planted.add(piece);
  planted.add(Buffer.from(`${key}`));
  if (planted.found?.[0] !== keyId) throw new Error(`the planted key was not found in ${name}`);
  const micros: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    const search = new ApiKeySearch(needle);
    for (let i = 0; i < PIECES; i++) search.add(piece);
    if (search.found !== undefined) throw new Error('a false alarm');
    if (round > 0) micros.push(((performance.now() - startedAt) * 1_000) / ((PIECES * PIECE_BYTES) / 1_024));
  }
  console.log(`${name.padEnd(18)}${median(micros).toFixed(3)} µs per KB`);
}

const short = Buffer.from('{"id":1001,"status":"open","total":"12.50"}'.padEnd(200));
const micros: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const startedAt = performance.now();
  for (let i = 0; i < 10_000; i++) new ApiKeySearch(needle).add(short);
  if (round > 0) micros.push((performance.now() - startedAt) / 10);
}
console.log(`a short answer    ${median(micros).toFixed(3)} µs`);
