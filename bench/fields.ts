/**
 * Masking and dropping fields of an answer as it streams, next to reading it whole and writing it again.
 *
 *   scripts/node bench/fields.ts [--short]
 */
import { stepsOf } from '../src/authz/fields/applicable-rules.ts';
import { JsonRewriter } from '../src/authz/fields/json-rewriter.ts';
import { PathAutomaton } from '../src/authz/fields/path-automaton.ts';
import { median } from './micro/authentication.ts';

const SHORT = process.argv.includes('--short');
const ROUNDS = SHORT ? 5 : 15;
const PIECE_BYTES = 16_384;

const RULES = new PathAutomaton(
  [
    { verb: 'mask', steps: stepsOf('**.ssn') },
    { verb: 'drop', steps: stepsOf('people[].internal') },
  ],
  false,
);

function peopleOf(count: number): Buffer {
  const people = Array.from({ length: count }, (_, i) => ({
    id: i,
    name: `Person ${i} of "many"`,
    ssn: `078-05-${1000 + i}`,
    active: i % 3 === 0,
    address: { city: 'Vienna', street: 'Ring 1', geo: [48.2, 16.4] },
    internal: { score: i / 7, notes: ['a', 'b'] },
  }));
  return Buffer.from(JSON.stringify({ people, total: count }));
}

function streamed(body: Buffer): number {
  const rewriter = new JsonRewriter(RULES, false);
  let bytes = 0;
  for (let at = 0; at < body.length; at += PIECE_BYTES)
    bytes += rewriter.write(body.subarray(at, at + PIECE_BYTES)).length;
  return bytes + rewriter.end().length;
}

interface People {
  people: { ssn: unknown; internal?: unknown }[];
}

function whole(body: Buffer): number {
  const parsed = JSON.parse(body.toString()) as People;
  for (const person of parsed.people) {
    person.ssn = '***';
    delete person.internal;
  }
  return Buffer.from(JSON.stringify(parsed)).length;
}

function microsecondsPer(work: (body: Buffer) => number, body: Buffer, times: number): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const beganAt = performance.now();
    for (let i = 0; i < times; i++) work(body);
    return ((performance.now() - beganAt) * 1000) / times;
  });
  return median(rounds);
}

for (const people of [5, 500, 50_000]) {
  const body = peopleOf(people);
  // The canary: both do the same work, so that a fast answer is also a right one.
  if (streamed(body) !== whole(body)) throw new Error('the two ways disagree');
  const times = Math.max(1, Math.floor((SHORT ? 2_000_000 : 20_000_000) / body.length));
  const [ours, theirs] = [microsecondsPer(streamed, body, times), microsecondsPer(whole, body, times)];
  const perKilobyte = (micros: number): string => ((micros * 1024) / body.length).toFixed(2);
  console.log(
    `${(body.length / 1024).toFixed(1).padStart(8)} KiB  streamed ${perKilobyte(ours)} µs/KiB  parse+stringify ${perKilobyte(theirs)} µs/KiB  ratio ${(ours / theirs).toFixed(2)}`,
  );
}
