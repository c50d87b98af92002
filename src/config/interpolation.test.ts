import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interpolate, type SecretSources } from './interpolation.ts';

const FILES: Readonly<Record<string, string>> = {
  '/etc/secret': 'from file\n',
  '/etc/crlf': 'a\r\n',
  '/etc/empty': '\n',
  '/etc/two': 'a\n\n',
};

function sources(used: string[] = []): SecretSources {
  return {
    env: { NAME: 'value', EMPTY: '', NESTED: '${env:NAME}' },
    readFile(path) {
      const content = FILES[path];
      if (content === undefined) throw Object.assign(new Error('x'), { code: 'EACCES' });
      return content;
    },
    resolvePath: (path) => `/etc/${path}`,
    used: (path) => used.push(path),
  };
}

const RESOLVED: readonly (readonly [string, string])[] = [
  ['${env:NAME}', 'value'],
  ['a ${env:NAME} b ${env:NAME}', 'a value b value'],
  ['${file:secret}', 'from file'],
  ['${file:crlf}', 'a'],
  ['${file:two}', 'a\n'],
  ['$${env:NAME} is ${env:NAME}', '${env:NAME} is value'],
];

test('variables and files are resolved wherever they stand in a value', () => {
  for (const [value, text] of RESOLVED)
    assert.deepEqual(interpolate(value, sources()), { kind: 'resolved', text }, value);
});

test('what was resolved is not resolved again', () => {
  assert.deepEqual(interpolate('${env:NESTED}', sources()), { kind: 'resolved', text: '${env:NAME}' });
});

test('a doubled dollar stands for itself', () => {
  assert.deepEqual(interpolate('$${x}', sources()), { kind: 'literal', text: '${x}' });
  assert.deepEqual(interpolate('5$', sources()), { kind: 'literal', text: '5$' });
});

test('files that were read are named, so that they can be watched', () => {
  const used: string[] = [];
  interpolate('${file:secret} ${file:missing}', sources(used));
  assert.deepEqual(used, ['/etc/secret']);
});

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['${env:MISSING}', 'SP020', 'the environment variable MISSING is not set'],
  ['${env:EMPTY}', 'SP020', 'the environment variable EMPTY is empty'],
  ['${env:toString}', 'SP020', 'the environment variable toString is not set'],
  ['${env:A-B}', 'SP022', 'a ${env:…} holds no name of a variable'],
  ['${env:}', 'SP022', 'a ${env:…} holds no name of a variable'],
  ['${file:missing}', 'SP021', 'the secret file "missing" cannot be read (EACCES)'],
  ['${file:empty}', 'SP021', 'the secret file "empty" is empty'],
  ['${file:}', 'SP022', 'a ${file:…} holds no path'],
  ['${hunter2}', 'SP022', 'a ${…} names neither env: nor file:'],
  ['${ENV:NAME}', 'SP022', 'a ${…} names neither env: nor file:'],
  ['${env:NAME', 'SP022', 'a ${ is not closed by }'],
];

test('what is missing or malformed is refused by its name, never with a value', () => {
  for (const [value, code, message] of REFUSED) {
    const result = interpolate(value, sources());
    assert.ok(result.kind === 'refused', value);
    assert.deepEqual([result.code, result.message], [code, message]);
  }
});
