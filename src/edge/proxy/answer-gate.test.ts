import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type AnswerCheck, type AnswerFacts, type AnswerPlan, AnswerUnreadable } from '../../core/answer-check.ts';
import { read } from '../../http/call-fixture.test.ts';
import { AnswerGate } from './answer-gate.ts';
import { BodyMemory } from './body-memory.ts';

const call = read({});

function facts(headers: readonly string[] = [], status = 200): AnswerFacts {
  return { call, principal: undefined, routeId: 'r', path: '/', parameters: {}, status, headers, nowMs: 0 };
}

function check(plan: AnswerPlan, enforced = true): AnswerCheck {
  return { id: 'c', enforced, isPersonal: true, begin: () => plan };
}

const seen: string[] = [];
const refusesBad: AnswerPlan = {
  kind: 'whole',
  bytesMax: 64,
  judge: (body) => {
    const text = Buffer.from(body).toString();
    seen.push(text);
    return text.includes('bad') ? { kind: 'deny', reason: 'answer.unreadable', detail: 'bad' } : { kind: 'pass' };
  },
};
const upper = (): AnswerPlan => ({
  kind: 'rewrite',
  bytesMax: 64,
  rewriter: {
    write: (piece) => {
      const text = Buffer.from(piece).toString();
      if (text.includes('!')) throw new AnswerUnreadable('an exclamation');
      return Buffer.from(text.toUpperCase());
    },
    end: () => Buffer.from('.'),
    signals: [{ name: 'changed' }],
  },
});

test('what is judged whole is held, and passes as it came or not at all', () => {
  const memory = new BodyMemory();
  const good = new AnswerGate([check(refusesBad)], facts(), true, memory);
  assert.equal(good.way, 'hold');
  assert.equal(good.write(Buffer.from('go')).length + good.write(Buffer.from('od')).length, 0);
  assert.equal(good.end().toString(), 'good');
  const bad = new AnswerGate([check(refusesBad)], facts(), true, memory);
  bad.write(Buffer.from('b'));
  bad.write(Buffer.from('ad'));
  assert.equal(bad.end().length, 0);
  assert.deepEqual([bad.way, bad.denial?.enforced], ['refuse', true]);
  good.finishObserved();
  bad.finishObserved();
  assert.equal(memory.bytes, 0);
});

test('what is larger than may be held is refused at once and gives its room back', () => {
  const memory = new BodyMemory();
  const gate = new AnswerGate([check(refusesBad)], facts(), true, memory);
  gate.write(Buffer.alloc(60));
  gate.write(Buffer.alloc(5));
  assert.deepEqual([gate.way, gate.denial?.reason, memory.bytes], ['refuse', 'answer.too_large', 0]);
});

test('what only observes sees a copy of the decoded body, and the body passes as it came', () => {
  const coded = gzipSync('bad');
  const gate = new AnswerGate([check(refusesBad, false)], facts(['content-encoding', 'gzip']), true, new BodyMemory());
  assert.equal(gate.way, 'copy');
  assert.equal(gate.write(coded), coded);
  assert.equal(gate.end().length, 0);
  gate.finishObserved();
  assert.equal(seen.at(-1), 'bad');
  assert.deepEqual([gate.way, gate.denial?.enforced], ['copy', false]);
});

test('a rewriter sees pieces as they come; coded ones are held and decoded', () => {
  const plain = new AnswerGate([check(upper())], facts(), true, new BodyMemory());
  assert.equal(plain.way, 'stream');
  assert.equal(plain.write(Buffer.from('ab')).toString() + plain.end().toString(), 'AB.');
  plain.finishObserved();
  assert.deepEqual(plain.signals, [{ name: 'changed' }]);
  const coded = new AnswerGate([check(upper())], facts(['content-encoding', 'gzip']), true, new BodyMemory());
  assert.equal(coded.write(gzipSync('ab')).length, 0);
  assert.equal(coded.end().toString(), 'AB.');
});

test('what a rewriter cannot follow, a part of an answer and unknown codings do not pass', () => {
  const gate = new AnswerGate([check(upper())], facts(), true, new BodyMemory());
  assert.equal(gate.write(Buffer.from('a!')).length, 0);
  assert.deepEqual([gate.way, gate.denial?.detail], ['refuse', 'an exclamation']);
  for (const head of [facts([], 206), facts(['content-encoding', 'gzip, br']), facts(['content-encoding', 'zip'])])
    assert.equal(new AnswerGate([check(refusesBad)], head, true, new BodyMemory()).way, 'refuse');
  const bomb = new AnswerGate([check(refusesBad)], facts(['content-encoding', 'gzip']), true, new BodyMemory());
  bomb.write(gzipSync(Buffer.alloc(10_000)));
  assert.equal(bomb.end().length, 0);
  assert.equal(bomb.denial?.reason, 'answer.unreadable');
});

test('what asks for the body of an answer refuses a tunnel, and what only observes tells of it', () => {
  for (const plan of [refusesBad, upper()]) {
    const gate = new AnswerGate([check(plan)], facts([], 101), true, new BodyMemory());
    gate.tunnel();
    assert.deepEqual([gate.way, gate.denial?.reason, gate.denial?.enforced], ['refuse', 'answer.unreadable', true]);
  }
  const observed = new AnswerGate([check(refusesBad, false)], facts([], 101), true, new BodyMemory());
  observed.tunnel();
  assert.deepEqual([observed.way, observed.denial?.enforced], ['copy', false]);
  const unasked = new AnswerGate([check({ kind: 'pass' })], facts([], 101), true, new BodyMemory());
  unasked.tunnel();
  assert.deepEqual([unasked.way, unasked.denial], ['pass', undefined]);
});

test('a check that throws refuses where it enforces and says nothing of what it read', () => {
  const thrower: AnswerCheck = {
    id: 't',
    enforced: true,
    isPersonal: false,
    begin: () => {
      throw new RangeError('secret');
    },
  };
  const gate = new AnswerGate([thrower], facts(), true, new BodyMemory());
  assert.deepEqual([gate.way, gate.denial?.reason], ['refuse', 'gateway.fault']);
  assert.doesNotMatch(gate.denial?.detail ?? '', /secret/);
});
