import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Parts, read, values } from './leaves-fixture.test.ts';

const EVIL = "' or 1=1--";
const PROTOBUF = 'application/x-protobuf';

function varint(value: number): Buffer {
  const octets: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...octets, rest]);
    octets.push((rest % 128) | 0x80);
  }
}

function field(number: number, content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function frame(message: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const NUMBER = Buffer.from([0x08, 0x96, 0x01]);
const message = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);
const protobuf = (body: Uint8Array, more: Partial<Parts> = {}): Parts => ({ type: PROTOBUF, body, ...more });

test('strings of a message are values under the numbers of their fields, however deep', () => {
  const inner = message(NUMBER, field(3, EVIL), field(4, 'größe'));
  const body = message(field(1, message(NUMBER, field(2, inner))), field(16, ''), Buffer.from([0x1d, 1, 2, 3, 4]));
  for (const type of [
    PROTOBUF,
    'application/protobuf',
    'application/vnd.google.protobuf; proto=a.B',
    'application/x-google-protobuf',
    'application/vnd.example+proto',
  ]) {
    const { leaves, report } = read({ type, body });
    assert.deepEqual(
      leaves.map(({ path, text, location }) => [path, text, location]),
      [
        ['body.1.2.3', EVIL, 'protobuf'],
        ['body.1.2.4', 'größe', 'protobuf'],
      ],
    );
    assert.deepEqual([report.malformations, report.oddities, report.limitsMet], [[], [], []]);
  }
});

test('tags and lengths are no line ends', () => {
  const list = Array.from({ length: 9 }, () => field(1, message(NUMBER, field(1, 'thirteen.host'))));
  assert.ok(values(protobuf(message(...list))).every((value) => value === 'body.1.1=thirteen.host'));
  // A message of nothing but letters is a text as well, and both are shown.
  assert.deepEqual(values(protobuf(message(NUMBER, field(2, field(1, 'thirteen.host'))))), [
    'body.2.1=thirteen.host',
    'body.2=thirteen.host',
  ]);
  // Where it could begin a field of a header, the line end stays: `S` is also the length of what follows.
  const line = `\nSet-Cookie: a=b; ${'x'.repeat(200)}`.slice(0, 85);
  assert.equal(line.charCodeAt(1), line.length - 2);
  assert.ok(values(protobuf(message(NUMBER, field(2, line)))).includes(`body.2=${line}`));
});

test('what is found within strings of other bodies is found in those of a message', () => {
  assert.deepEqual(values(protobuf(message(NUMBER, field(2, JSON.stringify({ a: EVIL }))))), [`body.2.a=${EVIL}`]);
});

test('a text that is a message as well is shown as both', () => {
  // Letters are tags too: a fixed number in front, and the quote in the octets of another.
  const text = `e' or x 1=1 or 'a'='a'`;
  assert.ok(values(protobuf(message(NUMBER, field(1, text)))).includes(`body.1=${text}`));
  const line = 'x\r\nSet-Cookie: a=b; a long value that makes the letter before it a length, up to here padded'.slice(
    0,
    88,
  );
  assert.ok(values(protobuf(message(NUMBER, field(1, line)))).some((value) => value.includes('\nSet-Cookie: a=b')));
});

test('a string with controls in it that is written like a message does not hide in tags and numbers', () => {
  // Field 2, four octets; field 4, a number; field 7, four octets.
  const text = "\x15' or 1=1 --";
  assert.deepEqual(values(protobuf(message(NUMBER, field(1, text)))), ["body.1=' or 1=1 --"]);
  assert.deepEqual(values(protobuf(message(NUMBER, field(1, `\x01${EVIL}`)))), [`body.1=\x01${EVIL}`]);
});

test('octets that are neither text nor message are shown by their printable runs', () => {
  const octets = Buffer.concat([Buffer.from([0xff, 0xfe, 0x07]), Buffer.from(`${EVIL} union`), Buffer.from([0xff])]);
  assert.deepEqual(values(protobuf(field(1, octets))), [`body.1=${EVIL} union`]);
});

test('whatever one parser reads is read: overlong numbers, lengths beyond 32 bits, field number zero, groups', () => {
  const overlong = Buffer.from([0x8a, 0x80, 0x00, 0x80 | EVIL.length, 0x80, 0x80, 0x00]);
  assert.deepEqual(values(protobuf(message(overlong, Buffer.from(EVIL)))), [`body.1=${EVIL}`]);
  const truncated = Buffer.from([0x0a, 0x80 | EVIL.length, 0x80, 0x80, 0x80, 0x80, 0x01]);
  assert.deepEqual(values(protobuf(message(truncated, Buffer.from(EVIL)))), [`body.1=${EVIL}`]);
  assert.deepEqual(values(protobuf(field(0, EVIL))), [`body.0=${EVIL}`]);
  const group = message(Buffer.from([0x0b]), field(2, EVIL), Buffer.from([0x0c]), field(3, 'after'));
  assert.deepEqual(values(protobuf(group)), [`body.1.2=${EVIL}`, 'body.3=after']);
});

test('what is declared to be a message and is none is read by its looks, as octets at least, and told of', () => {
  const whole = message(NUMBER, field(2, `${EVIL} union select`));
  for (const [what, body, expected] of [
    ['a length beyond the end', whole.subarray(0, -1), [`body=${EVIL} union selec`]],
    ['a group that is not closed', message(Buffer.from([0x0b]), whole), [`body=${EVIL} union select`]],
    ['a group that was not opened', message(Buffer.from([0x0c]), whole), [`body=${EVIL} union select`]],
    ['an unknown wire type', message(Buffer.from([0x0f]), whole), [`body=${EVIL} union select`]],
    ['a number that does not end', message(whole, Buffer.alloc(11, 0x80)), [`body=${EVIL} union select`]],
    ['JSON', Buffer.from(JSON.stringify({ a: EVIL })), [`body.a=${EVIL}`]],
    ['a form', Buffer.from('name=%27+or+1=1--'), ["body.name=' or 1=1--"]],
    ['XML', Buffer.from(`<?xml version="1.0"?><a>${EVIL}</a>`), [`body.a=${EVIL}`]],
    ['text', Buffer.from(`hello ${EVIL}`), [`body=hello ${EVIL}`]],
  ] as const) {
    const { leaves, report } = read(protobuf(body));
    const shown = leaves.filter(({ isKey }) => !isKey).map(({ path, text }) => `${path}=${text}`);
    assert.deepEqual(shown, expected, what);
    assert.ok(report.oddities.includes('content_type_mismatch'), what);
  }
});

test('JSON that is a message as well is read as JSON besides', () => {
  // `{` opens a group, `"` is a field of as many octets as the next character says, `|` closes the group.
  const json = `{"@${`k":"${EVIL}`.padEnd(64)}|"}${' '.repeat(125)}`;
  const { leaves, report } = read(protobuf(Buffer.from(json)));
  assert.ok(leaves.some(({ path, text }) => path === 'body.@k' && text.startsWith(EVIL)));
  assert.ok(leaves.some(({ path }) => path === 'body.15.4'));
  assert.deepEqual(report.oddities, ['content_type_mismatch']);
});

test('octets nobody declared are shown by their fields where they are a message, and by their runs', () => {
  const body = message(NUMBER, field(1, 'thirteen.host'), field(1, message(NUMBER, field(2, EVIL))));
  for (const type of [undefined, 'application/octet-stream', 'text/plain']) {
    const shown = values(type === undefined ? { body } : { type, body });
    assert.deepEqual(shown.slice(0, 2), ['body.1=thirteen.host', `body.1.2=${EVIL}`]);
    // No tag or length breaks a line in what is read of the octets.
    assert.ok(shown.every((value) => !/[\r\n]/.test(value)));
  }
  assert.ok(values({ body: message(NUMBER, Buffer.from(`\x07${EVIL} union`)) }).includes(`body=${EVIL} union`));
});

test('messages of gRPC are read one after the other', () => {
  const body = message(frame(field(1, 'first')), frame(new Uint8Array(0)), frame(message(NUMBER, field(2, EVIL))));
  for (const type of [
    'application/grpc',
    'application/grpc+proto',
    'application/grpc-web+proto',
    'application/connect+proto',
  ])
    assert.deepEqual(values({ type, body }), ['body.1=first', `body.2=${EVIL}`]);
  const text = frame(field(1, 'first')).toString('base64') + frame(field(2, EVIL)).toString('base64');
  assert.deepEqual(values({ type: 'application/grpc-web-text', body: text }), ['body.1=first', `body.2=${EVIL}`]);
  assert.deepEqual(values({ type: 'application/grpc+json', body: frame(Buffer.from(JSON.stringify({ a: EVIL }))) }), [
    `body.a=${EVIL}`,
  ]);
});

test('compressed messages of gRPC are unpacked, or said to be undecodable', () => {
  const packed = frame(gzipSync(field(1, EVIL)), 1);
  const grpc = (coding: string, body: Uint8Array) =>
    read({ type: 'application/grpc', headers: ['grpc-encoding', coding], body });
  assert.ok(grpc('gzip', packed).leaves.some(({ path, text }) => path === 'body.1' && text === EVIL));
  assert.deepEqual(grpc('snappy', packed).report.malformations, ['encoding']);
  assert.deepEqual(grpc('identity', frame(field(1, EVIL), 1)).report.malformations, ['encoding']);
  const bomb = message(...Array.from({ length: 300 }, () => frame(gzipSync(Buffer.alloc(30_000, '\x08')), 1)));
  assert.deepEqual(grpc('gzip', bomb).report.limitsMet, ['expansion']);
});

test('messages of gRPC before a broken one are read, since servers read them, and the body is malformed', () => {
  for (const rest of [Buffer.from([0]), Buffer.from([0, 0, 0, 1, 0]), Buffer.from([2, 0, 0, 0, 0])]) {
    const { leaves, report } = read({ type: 'application/grpc', body: message(frame(field(1, EVIL)), rest) });
    assert.deepEqual([leaves[0]?.text, report.malformations], [EVIL, ['grpc']]);
  }
  const { leaves, report } = read({ type: 'application/grpc', body: JSON.stringify({ a: EVIL }) });
  assert.ok(leaves.some(({ text }) => text === EVIL));
  assert.ok(report.oddities.includes('content_type_mismatch'));
});

test('many fields and deep ones are bounded like those of other bodies', () => {
  const empty = Buffer.alloc(2_000_000);
  for (let i = 0; i < empty.length; i += 2) empty[i] = 0x0a;
  assert.deepEqual(read(protobuf(empty)).report.limitsMet, []);
  const many = message(...Array.from({ length: 3000 }, (_, i) => field(1, `number ${i}`)), field(2, EVIL));
  const { leaves, report } = read(protobuf(many));
  assert.deepEqual([report.limitsMet, leaves.at(-1)?.text], [['leaves'], EVIL]);
  let deep = field(1, EVIL);
  for (let i = 0; i < 200; i++) deep = message(NUMBER, field(1, deep));
  const bottom = read(protobuf(deep));
  assert.deepEqual(bottom.report.limitsMet, ['depth']);
  const stopped = read(protobuf(many, { limits: { samples: false } }));
  assert.deepEqual([stopped.leaves.length, stopped.report.limitsMet], [1500, ['leaves']]);
});
