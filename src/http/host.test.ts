import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalHost } from './host.ts';

test('one host has one spelling', () => {
  const spellings: readonly [string, 'http' | 'https', string][] = [
    ['API.Example.COM', 'https', 'api.example.com'],
    ['api.example.com:443', 'https', 'api.example.com'],
    ['api.example.com:80', 'http', 'api.example.com'],
    ['api.example.com:443', 'http', 'api.example.com:443'],
    ['localhost:8080', 'http', 'localhost:8080'],
    ['a_b-c', 'http', 'a_b-c'],
    ['192.0.2.1:80', 'http', '192.0.2.1'],
    ['[2001:DB8:0:0:0:0:0:1]', 'http', '[2001:db8::1]'],
    ['[2001:db8::1]:8443', 'https', '[2001:db8::1]:8443'],
    ['[::ffff:192.0.2.1]:443', 'https', '[::ffff:192.0.2.1]'],
    ['[::ffff:c000:201]', 'https', '[::ffff:192.0.2.1]'],
  ];
  for (const [text, scheme, expected] of spellings) assert.equal(canonicalHost(text, scheme), expected, text);
  for (const [, scheme, host] of spellings) assert.equal(canonicalHost(host, scheme), host, `${host} stays as it is`);
});

test('hosts that servers read differently are refused', () => {
  const hosts = [
    ...[
      '',
      ' ',
      'a b',
      'a@b',
      'user:pass@a',
      'a/b',
      'a\\b',
      'a?b',
      'a#b',
      'a,b',
      'a%2eb',
      'a\u00e4',
      'a\0',
      'a;b',
      "a'b",
    ],
    ...['.', 'a.', '.a', 'a..b', 'a.:80', `${'a'.repeat(256)}`],
    ...[
      ':',
      ':80',
      'a:',
      'a:b',
      'a:0',
      'a:080',
      'a:65536',
      'a:123456',
      'a:+80',
      'a:80 ',
      'a:80:80',
      '::1',
      '2001:db8::1',
    ],
    ...[
      '[',
      ']',
      '[]',
      '[::1',
      '::1]',
      '[x]',
      '[1.2.3.4]',
      '[:::]',
      '[1:2]',
      '[::1]x',
      '[::1]:',
      '[fe80::1%25eth0]',
      '[v1.x]',
    ],
  ];
  for (const host of hosts) assert.equal(canonicalHost(host, 'http'), undefined, JSON.stringify(host));
});
