import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Place } from './concurrency.ts';
import { ConnectionGauge, connectionCount, createConnectionMemory, forgetThread } from './connections.ts';

const MAXIMA = { connectionsMax: 5, connectionsPerAddressMax: 2 };

test('one address holds at most its maximum, and others are not held up by it', () => {
  const gauge = new ConnectionGauge(createConnectionMemory(), 0, MAXIMA);
  const first = gauge.open('192.0.2.1');
  assert.ok(first);
  assert.ok(gauge.open('192.0.2.1'));
  assert.equal(gauge.open('192.0.2.1'), undefined);
  assert.ok(gauge.open('192.0.2.2'));
  first.release();
  assert.ok(gauge.open('192.0.2.1'));
});

test('all threads together hold at most the total', () => {
  const memory = createConnectionMemory();
  const gauges = [0, 1, 2].map((thread) => new ConnectionGauge(memory, thread, MAXIMA));
  const opened = gauges.flatMap((gauge) => [gauge.open('192.0.2.1'), gauge.open('192.0.2.2')]);
  assert.equal(opened.filter((place) => place !== undefined).length, 5);
  assert.equal(connectionCount(memory), 5);
  opened[0]?.release();
  assert.ok(gauges[2]?.open('192.0.2.2'));
});

test('closing twice gives one place back, and nothing is remembered of an address without connections', () => {
  const memory = createConnectionMemory();
  const gauge = new ConnectionGauge(memory, 0, { connectionsMax: 2000, connectionsPerAddressMax: 2 });
  const places: (Place | undefined)[] = [];
  for (let i = 0; i < 1000; i++) places.push(gauge.open(`198.51.100.${i}`));
  assert.equal(gauge.addresses, 1000);
  for (const place of places) {
    place?.release();
    place?.release();
  }
  assert.equal(gauge.addresses, 0);
  assert.equal(connectionCount(memory), 0);
});

test('a refused connection takes no place', () => {
  const memory = createConnectionMemory();
  const gauge = new ConnectionGauge(memory, 0, { connectionsMax: 1, connectionsPerAddressMax: 1 });
  const place = gauge.open('192.0.2.1');
  for (let i = 0; i < 10; i++) {
    assert.equal(gauge.open('192.0.2.1'), undefined);
    assert.equal(gauge.open('192.0.2.2'), undefined);
  }
  assert.equal(connectionCount(memory), 1);
  assert.equal(gauge.addresses, 1);
  place?.release();
  assert.equal(connectionCount(memory), 0);
});

test('the places of a thread that ended are free again, once', () => {
  const memory = createConnectionMemory();
  const dead = new ConnectionGauge(memory, 1, MAXIMA);
  const alive = new ConnectionGauge(memory, 0, MAXIMA);
  dead.open('192.0.2.1');
  dead.open('192.0.2.2');
  alive.open('192.0.2.3');
  forgetThread(memory, 1);
  forgetThread(memory, 1);
  assert.equal(connectionCount(memory), 1);
});
