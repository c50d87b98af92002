import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedEvidence } from './recorded-evidence.ts';

const DETAIL =
  'sqli with 98 % in body.a[].b (json); decoded: json-string html; at 1-4 7-9; for it: sql:union +1.3, xss:tag -0.2; score 4.0, threshold 2.0 (default); exception: sallyport exceptions add --path "body.a[].b"';

test('evidence is read back as it was recorded, the details with the value that decided', () => {
  const found = recordedEvidence({
    detail: DETAIL,
    trace: [],
    signals: ['payload.suspicious', 'payload.sqli:default:body.a[].b', 'payload.xss:near:query.q'],
  });
  assert.deepEqual(found, [
    {
      attack: 'sqli',
      severity: 'default',
      path: 'body.a[].b',
      words: {
        what: 'an injection of SQL',
        where: 'the JSON of the body',
        decoded: ['JSON within a string', 'html'],
        found: [],
      },
      decision: {
        probability: 0.98,
        location: 'json',
        isName: false,
        decoded: ['json-string', 'html'],
        spans: [
          { start: 1, end: 4 },
          { start: 7, end: 9 },
        ],
        contributions: [
          { feature: 'sql:union', weight: 1.3 },
          { feature: 'xss:tag', weight: -0.2 },
        ],
        score: 4,
        threshold: 2,
        profile: 'default',
        exception: 'sallyport exceptions add --path "body.a[].b"',
      },
    },
    {
      attack: 'xss',
      severity: 'near',
      path: 'query.q',
      words: { what: 'script for the page of another', where: '', decoded: [], found: [] },
      decision: undefined,
    },
  ]);
});

test('where only the stage of the trace has the detail, of a name, or cut, the rest is still told', () => {
  const detail = 'xss with 7 % in a name in body (form); at 1-';
  const trace = [
    { stage: 'inspect', kind: 'deny', enforced: false, micros: 1, detail, reason: 'payload.xss' },
  ] as const;
  const [found] = recordedEvidence({ detail: '', trace, signals: ['payload.xss:strict:body.*'] });
  assert.deepEqual(
    [found?.decision?.probability, found?.decision?.isName, found?.decision?.exception, found?.decision?.score],
    [0.07, true, '', undefined],
  );
});

test('nothing is made of what is no evidence', () => {
  for (const signals of [['payload.suspicious'], ['dpop.replay'], ['payload.:default:x'], ['payload.excepted:0']])
    assert.deepEqual(recordedEvidence({ detail: 'anything', trace: [], signals }), []);
});

test('names of features that hold what stands between pieces are read whole, each with its weight', () => {
  const detail =
    'cmd with 90 % in query.q (query); score 9.0, threshold 1.0 (default); for it: text ;  +2.0, shell ;c, +1.5, text , -0.3';
  const [found] = recordedEvidence({ detail, trace: [], signals: ['payload.cmd:default:query.q'] });
  assert.deepEqual(found?.decision?.contributions, [
    { feature: 'text ; ', weight: 2 },
    { feature: 'shell ;c,', weight: 1.5 },
    { feature: 'text ,', weight: -0.3 },
  ]);
});
