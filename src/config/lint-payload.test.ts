import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marked, problemsOf } from './loading-fixture.test.ts';

const { text: TEXT, place: PLACE } = marked(`version: 1
mode: enforce
upstreams: { api: { url: "http://127.0.0.1:3000" } }
routes:
  - id: notes
    match: { path: "/notes/*" }
    upstream: api
    authenticate: none
    inspect:
      payload:
        exceptions:
          - { path: body.a, class: sqli, expires: 2030-06-30 }
          - \u25b2{ path: body.b, class: sqli, expires: 2030-01-31 }
`);

test('an exception that has expired is warned of at its place, and not a moment before its day is over', () => {
  const warned = (nowMs: number) => problemsOf(TEXT, { nowMs }).filter((problem) => problem.startsWith('SP185'));
  assert.deepEqual(warned(Date.UTC(2030, 0, 31, 23, 59, 59, 999)), []);
  assert.deepEqual(warned(Date.UTC(2030, 1, 1)), [`SP185 ${PLACE} routes[0].inspect.payload.exceptions[1]`]);
  assert.equal(warned(Date.UTC(2030, 6, 1)).length, 2);
});
