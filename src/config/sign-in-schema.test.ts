import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignInConfig } from '../core/sign-in.ts';
import { interpolate } from './interpolation.ts';
import { INVALID } from './schema-types.ts';
import { DEFAULT_SIGN_IN, signIn } from './sign-in-schema.ts';
import { parseSource } from './source-tree.ts';

function read(text: string): { value: Omit<SignInConfig, 'scopeDescriptions'> | typeof INVALID; problems: string[] } {
  const { root } = parseSource(text);
  assert.ok(root !== undefined);
  const problems: string[] = [];
  const value = signIn.read(root, [], {
    report: (code, _position, path) => problems.push(`${code} ${path.join('.')}`),
    interpolate: (one) =>
      interpolate(one, {
        env: { SECRET: 'a client secret' },
        readFile: () => '',
        resolvePath: (path) => path,
        used: () => undefined,
      }),
    resolvePath: (path) => path,
    readFile: () => '',
  });
  return { value, problems };
}

const PROVIDER = 'name: corp, title: Corp, issuer: "https://id.example.test", clientId: gw';
const provider = (more: string, base = PROVIDER) => `providers: [{ ${base}, ${more} }]`;

test('nothing said means passwords and passkeys', () => {
  assert.deepEqual(read('{}').value, DEFAULT_SIGN_IN);
});

test('a provider is read with its secret from the environment, and says who may come in', () => {
  const { value, problems } = read(provider('clientSecret: "${env:SECRET}", allow: { domains: [example.test] }'));
  assert.deepEqual(problems, []);
  assert.ok(value !== INVALID);
  assert.deepEqual(value.providers[0], {
    name: 'corp',
    title: 'Corp',
    issuer: 'https://id.example.test',
    clientId: 'gw',
    clientSecret: 'a client secret',
    scopes: ['openid', 'profile', 'email'],
    allow: { emails: [], domains: ['example.test'], subjects: [], claims: [] },
    createAccounts: false,
    timeoutSeconds: 5,
    allowPrivateAddresses: false,
  });
  const anyone = read(provider('allow: anyone')).value;
  assert.equal(anyone !== INVALID && anyone.providers[0]?.allow, 'anyone');
});

for (const [name, text, problem] of [
  ['who may come in is not said', provider('createAccounts: true'), 'SP011 providers.0.allow'],
  ['nobody may come in', provider('allow: {}'), 'SP013 providers.0.allow'],
  ['a word that is not anyone', provider('allow: everybody'), 'SP013 providers.0.allow'],
  ['a secret in the file', provider('allow: anyone, clientSecret: hunter2'), 'SP023 providers.0.clientSecret'],
  ['plain HTTP', provider('allow: anyone', PROVIDER.replace('https', 'http')), 'SP085 providers.0.issuer'],
  ['scopes without openid', provider('allow: anyone, scopes: [email]'), 'SP013 providers.0.scopes'],
  [
    'two of one name',
    `providers: [{ ${PROVIDER}, allow: anyone }, { ${PROVIDER}, allow: anyone }]`,
    'SP013 providers.1.name',
  ],
  [
    'a name that changes the path of the callback',
    provider('allow: anyone', PROVIDER.replace('corp', '../x')),
    'SP018 providers.0.name',
  ],
  ['no way to sign in at all', '{ passwords: false, passkeys: false }', 'SP013 '],
  ['a key nobody knows', 'pasword: true', 'SP010 pasword'],
] as const)
  test(`${name} is refused`, () => {
    const { value, problems } = read(text);
    assert.equal(value, INVALID);
    assert.deepEqual(problems, [problem]);
  });
