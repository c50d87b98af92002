import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asValid, type ObjectSchema, schemaFault } from './json-schema.ts';

const SENT = {
  type: 'object',
  required: ['kind', 'value'],
  properties: {
    kind: { type: 'string', enum: ['jti', 'sid'] },
    value: { type: 'string', minLength: 1, maxLength: 4 },
    times: { type: 'array', items: { type: 'integer', minimum: 0 }, maxItems: 2 },
  },
} as const satisfies ObjectSchema;

test('what keeps to its schema has the type of it', () => {
  const { kind, value, times }: { kind: 'jti' | 'sid'; value: string; times?: readonly number[] } = asValid(SENT, {
    kind: 'sid',
    value: 'v',
    times: [1],
  });
  assert.deepEqual([kind, value, times], ['sid', 'v', [1]]);
});

test('each bound of a schema is held, and the fault names the place alone', () => {
  const pointerOf = (value: unknown): string | undefined => schemaFault(SENT, value)?.pointer;
  assert.equal(pointerOf({ kind: 'jti', value: 'v' }), undefined);
  assert.equal(pointerOf({ kind: 'sub', value: 'v' }), '/kind');
  assert.equal(pointerOf({ kind: 'jti', value: '' }), '/value');
  assert.equal(pointerOf({ kind: 'jti', value: 'value' }), '/value');
  assert.equal(pointerOf({ kind: 'jti', value: 'v', times: [1, -1] }), '/times/1');
  assert.equal(pointerOf({ kind: 'jti', value: 'v', times: [1, 2, 3] }), '/times');
  assert.equal(JSON.stringify(schemaFault(SENT, { kind: 'secret', value: 'v' })).includes('secret'), false);
});

test('a value that was not held to its schema is a fault of the program', () => {
  assert.throws(() => asValid(SENT, { kind: 'jti' }), TypeError);
});
