import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { read } from './leaves-fixture.test.ts';

const DECLARATION = '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///a">]>';

interface Entry {
  readonly name: string;
  readonly content: string | Buffer;
  readonly stored?: boolean;
}

/** An archive as programs write it; sizes stand in the central directory alone, as streaming writers leave them. */
function zip(entries: readonly Entry[], comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored } of entries) {
    const plain = Buffer.from(content);
    const packed = stored === true ? plain : deflateRawSync(plain);
    const nameBytes = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 6);
    local.writeUInt16LE(stored === true ? 0 : 8, 8);
    local.writeUInt16LE(nameBytes.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(stored === true ? 0 : 8, 10);
    central.writeUInt32LE(crc32(plain), 16);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(plain.length, 24);
    central.writeUInt16LE(nameBytes.length, 28);
    central.writeUInt32LE(offset, 42);
    parts.push(local, nameBytes, packed);
    directory.push(central, nameBytes);
    offset += local.length + nameBytes.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)]);
}

const asMember = (bytes: Buffer) =>
  read({ type: 'application/json', body: JSON.stringify({ f: bytes.toString('base64') }) });

function asFile(bytes: Buffer) {
  const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\n');
  return read({
    type: 'multipart/form-data; boundary=b',
    body: Buffer.concat([head, bytes, Buffer.from('\r\n--b--\r\n')]),
  });
}

for (const [way, readAs] of [
  ['in base64', asMember],
  ['as a file', asFile],
] as const) {
  const textsOf = (bytes: Buffer): string[] => readAs(bytes).leaves.map(({ text }) => text);

  test(`the names in an archive are shown: ${way}`, () => {
    const texts = textsOf(
      zip(
        [
          { name: 'a.txt', content: 'b' },
          { name: '../../c.sh', content: 'd' },
        ],
        'a comment',
      ),
    );
    assert.ok(texts.includes('a.txt') && texts.includes('../../c.sh'), texts.join(' | '));
  });

  test(`what documents in an archive declare before their root element is shown: ${way}`, () => {
    for (const content of [
      `${DECLARATION}<r/>`,
      `<?xml version="1.0"?>\n<!-- <a> -->${DECLARATION}<r>${'x'.repeat(100_000)}</r>`,
      Buffer.from(`\ufeff${DECLARATION}<r/>`, 'utf16le'),
      Buffer.from(`${DECLARATION}<r/>`, 'utf16le').swap16(),
    ])
      for (const stored of [true, false]) {
        const texts = textsOf(zip([{ name: 'word/document.xml', content, stored }]));
        assert.ok(
          texts.some((text) => text.startsWith(DECLARATION)),
          texts.join(' | ').slice(0, 300),
        );
      }
  });

  test(`a document that declares nothing says nothing: ${way}`, () => {
    const { leaves, report } = readAs(zip([{ name: 'a.xml', content: `<?xml version="1.0"?><r>${DECLARATION}</r>` }]));
    assert.ok(!leaves.some(({ text }) => text.includes('ENTITY')));
    assert.deepEqual(report.limitsMet, []);
  });

  test(`what hides a declaration behind a long comment, or in what unfolds without end, meets a limit: ${way}`, () => {
    const noise = Array.from({ length: 4000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 0).join();
    assert.deepEqual(readAs(zip([{ name: 'a.xml', content: `<!--${noise}-->${DECLARATION}<r/>` }])).report.limitsMet, [
      'size',
    ]);
    const bomb = zip([{ name: 'a.xml', content: `<!--${' '.repeat(2_000_000)}-->${DECLARATION}<r/>` }]);
    assert.deepEqual(readAs(bomb).report.limitsMet, ['expansion']);
    assert.deepEqual(readAs(gzipSync(Buffer.alloc(20_000_000))).report.limitsMet, ['expansion']);
  });

  test(`what gzip holds is shown where it is text or a packed object: ${way}`, () => {
    assert.ok(textsOf(gzipSync("x' or 1=1--")).includes("x' or 1=1--"));
    assert.ok(textsOf(gzipSync('{"a":"b c"}')).includes('b c'));
    const object = Buffer.from('\xac\xed\x00\x05sr\x00\x01a', 'latin1');
    assert.ok(textsOf(gzipSync(object)).some((text) => text.startsWith('\xac\xed\x00\x05')));
  });

  test(`no damaged archive throws or takes long: ${way}`, () => {
    const whole = zip([
      { name: 'a.xml', content: DECLARATION },
      { name: 'b.xml', content: 'c' },
    ]);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = 0xff - (damaged[at] ?? 0);
      readAs(damaged);
      readAs(whole.subarray(0, at));
    }
    const many = Array.from({ length: 1000 }, (_, i) => ({ name: `${i}.xml`, content: '<r/>' }));
    assert.deepEqual(readAs(zip(many)).report.limitsMet, ['leaves']);
  });
}

test('a script of a server between the octets of a picture is shown, and octets that only look like its mark are not', () => {
  const picture = (middle: string): Buffer => Buffer.from(`GIF89a\0\x01\x02${middle}\0\0\xff`, 'latin1');
  const texts = (middle: string) => asFile(picture(middle)).leaves.map(({ text }) => text);
  assert.ok(texts("<?php system('a'); ?>").includes("<?php system('a'); ?>"));
  assert.ok(texts('\0<?=\0\x01\0<?PhP eval($a); ?>').includes('<?PhP eval($a); ?>'));
  assert.ok(texts('<?=`$_GET[0]`?>').includes('<?=`$_GET[0]`?>'));
  assert.ok(texts('__HALT_COMPILER(); ?>').includes('__HALT_COMPILER(); ?>'));
  assert.ok(!texts('<?=\0\x01').some((text) => text.startsWith('<?')));
  assert.ok(!texts('<?xpacket begin=""?>').some((text) => text.startsWith('<?')));
  assert.equal(asFile(picture("<?php system('a'); ?>")).report.unreadFiles, 1);
});
