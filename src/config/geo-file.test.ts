import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mmdbOf } from '../authz/mmdb-fixture.test.ts';
import { GOOD, load, problemsOf } from './loading-fixture.test.ts';

const WITH_FILE = GOOD.replace('mode: enforce', 'mode: enforce\ngeo: { countries: countries.mmdb }').replace(
  'authorize: { scopes: ["orders:read"] }',
  'authorize: { countries: [AT, "NO"] }',
);

test('a file of countries is read when the configuration is loaded, and watched with it', () => {
  const read: string[] = [];
  const result = load(WITH_FILE, {
    readBytes: (path) => {
      read.push(path);
      return mmdbOf({ '192.0.2.0/24': 'AT' });
    },
  });
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(read, ['/srv/gateway/countries.mmdb']);
  assert.ok(result.sources.includes('/srv/gateway/countries.mmdb'));
});

test('a file of countries that is missing or damaged is an error at its place', () => {
  const missing = () => {
    throw Object.assign(new Error('gone'), { code: 'ENOENT' });
  };
  const cut = () => mmdbOf({ '192.0.2.0/24': 'AT' }).subarray(0, 64);
  for (const readBytes of [missing, cut])
    assert.deepEqual(problemsOf(WITH_FILE, { readBytes }), ['SP140 3:19 geo.countries']);
  assert.deepEqual(problemsOf(WITH_FILE), ['SP140 3:19 geo.countries'], 'where files cannot be read at all');
});
