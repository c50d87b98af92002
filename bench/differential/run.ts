/**
 * Whether any token that we accept is one that jose refuses, or reads as something else:
 * `scripts/node bench/differential/run.ts [--tokens 1000000] [--seed 7515]`. Prints who accepted how many of what was done
 * to good tokens, then every disagreement; exits with 1 if there is one, or if nothing was accepted by both.
 */
import { parseArgs } from 'node:util';
import { compareTokens, type Tally } from './compare-tokens.ts';

const { values } = parseArgs({
  options: { tokens: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '7515' } },
});
const count = Number(values.tokens);
const seed = Number(values.seed);
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error('--tokens and --seed take whole numbers');
  process.exit(2);
}

const startMs = performance.now();
let nextNotice = 100_000;
const { total, byMutation, disagreements } = await compareTokens(count, seed, (done) => {
  if (done < nextNotice || done >= count) return;
  nextNotice += 100_000;
  console.error(`${done} of ${count}`);
});

print('done to a good token', 'tokens', 'we accept', 'jose accepts', 'both');
for (const [mutation, tally] of [...byMutation].sort(([a], [b]) => a.localeCompare(b))) printTally(mutation, tally);
printTally('all', total);
const share = ((100 * total.both) / total.count).toFixed(1);
console.log(`accepted by us ${total.ours}, by jose ${total.theirs}, by both ${total.both} (${share} %)`);
console.log(`we refuse ${total.count - total.ours}, jose refuses ${total.count - total.theirs}`);
for (const { kind, mutated, reason } of disagreements) {
  console.log(`${kind}: ${mutated.mutation}, ${mutated.signer.algorithm}: ${reason}`);
  console.log(`  ${JSON.stringify(mutated.token)}`);
}
const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
console.log(`${disagreements.length} disagreements in ${total.count} tokens, seed ${seed}, ${seconds} s`);
process.exitCode = disagreements.length === 0 && total.both > 0 ? 0 : 1;

function printTally(name: string, { count, ours, theirs, both }: Tally): void {
  print(name, String(count), String(ours), String(theirs), String(both));
}

function print(name: string, ...columns: readonly string[]): void {
  console.log(name.padEnd(30) + columns.map((column) => column.padStart(14)).join(''));
}
