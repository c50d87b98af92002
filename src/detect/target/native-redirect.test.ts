import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNativeRedirect } from './native-redirect.ts';

const at = (path: string, text: string, isKey = false): boolean =>
  isNativeRedirect({ location: 'query', isKey, path, text, decoded: [] });

test('a program on the machine of the user awaits its answer at a loopback address', () => {
  for (const path of [
    'query.redirect_uri',
    'body.redirect_uri',
    'body.redirect_uris[]',
    'query.post_logout_redirect_uri',
  ])
    for (const text of [
      'http://localhost:8400/',
      'http://127.0.0.1:51004/callback',
      'http://[::1]/a/b',
      'https://localhost',
      'http://127.0.0.1:1024/',
      'http://localhost:65535/',
    ])
      assert.ok(at(path, text), `${path} ${text}`);
});

test('whatever else stands there, or such an address under another name, is read', () => {
  for (const text of [
    'http://10.0.0.1/',
    'http://localhost.example.com/',
    'http://localhost:80@10.0.0.1/',
    'http://localhost/../a',
    'http://localhost/?url=http://10.0.0.1/',
    'http://localhost:8400/a.b',
    'http://localhost:8400/a/b/c',
    'http://localhost:1023/',
    'http://localhost:9200/',
    'http://localhost:2375/containers/json',
    'http://localhost:840000/',
    `http://localhost/${'a'.repeat(65)}`,
    'http://169.254.169.254/',
    'file://localhost/a',
    'http://localhost/\n',
  ])
    assert.ok(!at('query.redirect_uri', text), text);
  for (const path of [
    'query.url',
    'query.redirect',
    'query.xredirect_uri',
    'query.redirect_uri.a',
    'body.webhook.redirectUri',
    'body.a.redirect_uri',
  ])
    assert.ok(!at(path, 'http://localhost:8400/'), path);
  assert.ok(!at('query.redirect_uri', 'http://localhost:8400/', true));
});
