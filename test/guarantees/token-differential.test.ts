import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareTokens } from '../../bench/differential/compare-tokens.ts';

const SIGNED_MUTATIONS = [
  'signed header',
  'signed claims',
  'signed registered claims',
  'signed header and claims',
  'nothing',
];

test('of 10,000 almost good tokens, none that we accept is refused or read differently by jose', async () => {
  const { total, byMutation, disagreements } = await compareTokens(10_000, 8725);
  assert.deepEqual(
    disagreements.map(({ kind, mutated, reason }) => `${kind}: ${mutated.mutation}: ${reason}: ${mutated.token}`),
    [],
  );
  assert.equal(total.count, 10_000);
  assert.ok(total.both > 1_500, `both accept ${total.both}: too few to say anything`);
  assert.ok(total.theirs > total.ours, 'jose takes spellings that we refuse');
  for (const mutation of SIGNED_MUTATIONS)
    assert.ok((byMutation.get(mutation)?.both ?? 0) > 0, `${mutation}: nothing was accepted by both`);
  for (const mutation of ['key as secret', 'swap segments', 'wrap', 'signed padding'])
    assert.equal(byMutation.get(mutation)?.ours, mutation === 'signed padding' ? byMutation.get(mutation)?.both : 0);
});
