import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskedText, withoutSecrets } from './masked-text.ts';

const TEXT = `version: 1
upstreams: { api: { url: "http://127.0.0.1:1" } } # kept
authenticators:
  signed:
    type: hmac
    keys:
      one: { secrets: ["hunter2-hunter2-hunter2-hunter2"], consumer: acme }
      two: { secrets: ["\${env:TWO}"], consumer: acme }
alerts: { url: "https://alerts.example.test", secret: &shared hunter3-hunter3-hunter3 }
owners:
  people: { type: http, url: "https://x.example.test/{object}", token: *shared }
routes:
  - { id: all, match: { path: "/*" }, upstream: api, authenticate: none }
`;

test('literal secrets are taken out wherever the schema takes secrets, aliases included, and nothing else', () => {
  const { text, isMasked } = maskedText(TEXT);
  assert.equal(isMasked, true);
  assert.ok(!/hunter/.test(text), text);
  assert.ok(text.includes('"${env:TWO}"') && text.includes('# kept') && text.includes('consumer: acme'));
  assert.equal(text.split('\n').length, TEXT.split('\n').length);
});

test('a text that would not load hides them too: a mistake elsewhere, a name that is not known', () => {
  for (const text of [
    'version: 9\nalerts: { url: 7, secret: hunter2 }\n',
    'nothing: { password: hunter2, clientSecret: [hunter2] }\n',
    'routeGroups: { a: { group: a } }\nroutes: [{ group: a }]\nissuer: { secret: hunter2 }\n',
  ])
    assert.ok(!maskedText(text).text.includes('hunter2'), text);
});

test('a number is a secret like any text, and so is what stands beside a reference', () => {
  const text = 'alerts: { secret: 4711471147114711 }\nx: { password: "${env:A}hunter2", clientSecret: "${env:B}" }\n';
  const masked = maskedText(text).text;
  assert.ok(!/4711|hunter2/.test(masked), masked);
  assert.ok(masked.includes('"${env:B}"'));
});

test('a URL with a password and a private key are taken out anywhere, also of comments', () => {
  const text =
    'version: 1\n# postgres://u:hunter2@db/x\nupstreams: { a: { url: "http://u:hunter2@x" } }\nx: |\n  -----BEGIN PRIVATE KEY-----\n  hunter2\ny: 1\n';
  const masked = maskedText(text);
  assert.ok(!masked.text.includes('hunter2'), masked.text);
  assert.ok(masked.text.endsWith('y: 1\n'));
});

test('a text that has none is shown as it is; of one that cannot be read nothing is shown', () => {
  const plain = 'version: 1 # text\nroutes: []\n';
  assert.deepEqual(maskedText(plain), { text: plain, isMasked: false });
  assert.deepEqual(maskedText('secret: "hunter2\nx: ['), { text: '', isMasked: true });
  assert.deepEqual(maskedText(''), { text: '', isMasked: false });
});

test('a configuration is shown without what its references were resolved to', () => {
  const shown = JSON.stringify(
    withoutSecrets({
      a: { secret: 'hunter2', secrets: ['hunter2'], token: undefined, clientSecret: 'hunter2' },
      b: [{ url: 'postgres://u:hunter2@db/x', consumer: 'acme', n: 1, none: null }],
    }),
  );
  assert.ok(!shown.includes('hunter2'));
  assert.ok(shown.includes('"consumer":"acme","n":1,"none":null'));
});
