import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { BodyMemory } from './body-memory.ts';
import { RequestBody } from './request-body.ts';

const CALL = { address: { text: '192.0.2.1', group: '192.0.2.1' }, bodyBytesDeclared: -1 };

function bodyOf(text: string): { body: RequestBody; memory: BodyMemory; asked: () => number } {
  const source = new PassThrough();
  source.end(text);
  const memory = new BodyMemory();
  let asked = 0;
  const wire = {
    body: source,
    continueBody: () => {
      asked++;
    },
  };
  return { body: new RequestBody(wire, memory, CALL), memory, asked: () => asked };
}

test('what is sent in place of a body has its own length, keeps the room of the body, and gives it back at the end', async () => {
  const { body, memory, asked } = bodyOf('{"role":1,"a":2}');
  await body.collect(100);
  assert.equal(body.replaceWith(Buffer.from('{"a":2}')), true);
  body.askFor();
  assert.deepEqual([body.length, memory.bytes, asked()], [7, 16, 1]);
  assert.equal(String(body.forwarded(100).read()), '{"a":2}');
  assert.equal(body.forwardedBytes, 7);
  assert.deepEqual(await body.collect(100), { kind: 'whole', bytes: Buffer.from('{"a":2}') });
  body.release();
  assert.equal(memory.bytes, 0);
});

test('nothing is sent in place of a body that was not read whole, nor more than it was', async () => {
  const { body } = bodyOf('{"a":2}');
  assert.equal(body.replaceWith(Buffer.alloc(0)), false);
  await body.collect(3);
  assert.equal(body.replaceWith(Buffer.alloc(0)), false);
  await body.collect(100);
  assert.equal(body.replaceWith(Buffer.alloc(8)), false);
  assert.equal(body.replaceWith(Buffer.alloc(7)), true);
});
