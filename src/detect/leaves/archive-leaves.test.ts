import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { read } from './leaves-fixture.test.ts';

const EVIL = "x' or 1=1--";
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
    for (const filling of [noise, ' '.repeat(2_000_000)])
      for (const content of [
        `<!--${filling}-->${DECLARATION}<r/>`,
        `<!DOCTYPE r [<!--${filling}-->${DECLARATION.slice(13)}<r/>`,
      ])
        assert.deepEqual(readAs(zip([{ name: 'a.xml', content }])).report.limitsMet, ['size']);
  });

  test(`a document is one by how it begins, and a comment ends where it ends: ${way}`, () => {
    for (const [name, content] of [
      ['word/document', `${DECLARATION}<r/>`],
      ['doc.kml', ` \n${DECLARATION}<r/>`],
      ['a', `<!--><r>-->${DECLARATION}<r/>`],
      ['b', `<!DOCTYPE r [${' '.repeat(2100)}${DECLARATION.slice(13)}<r/>`],
    ] as const)
      assert.ok(
        textsOf(zip([{ name, content }])).some((text) => text.includes('<!ENTITY')),
        name,
      );
  });

  test(`an entry is read and named whatever the directory says: ${way}`, () => {
    const whole = zip([
      { name: '../../c.sh', content: 'd' },
      { name: 'a.xml', content: `${DECLARATION}<r/>` },
    ]);
    const directory = whole.indexOf('PK\x01\x02', 0, 'latin1');
    for (const damaged of [
      whole.subarray(0, directory),
      Buffer.concat([whole.subarray(0, directory), zip([{ name: 'decoy', content: 'x' }]).subarray(36)]),
      Buffer.concat([Buffer.from('PK00', 'latin1'), whole]),
      Buffer.from(whole.toString('latin1').replace('PK\x05\x06', 'PK\x05\x07'), 'latin1'),
    ]) {
      // In base64 an archive is known by how it begins.
      if (way === 'in base64' && damaged[2] !== 3) continue;
      const texts = textsOf(damaged);
      assert.ok(texts.includes('../../c.sh') && texts.some((text) => text.includes('<!ENTITY')), texts.join(' | '));
    }
  });

  test(`what cannot be read of an archive is told of: ${way}`, () => {
    for (const [at, value] of [
      [6, 1],
      [8, 12],
    ] as const) {
      const archive = zip([{ name: 'a.xml', content: DECLARATION }]);
      archive[at] = value;
      assert.ok(readAs(archive).report.unreadFiles > 0);
    }
  });

  test(`what gzip holds is shown where it is text or a packed object: ${way}`, () => {
    assert.ok(textsOf(gzipSync("x' or 1=1--")).includes("x' or 1=1--"));
    assert.ok(textsOf(gzipSync('{"a":"b c"}')).includes('b c'));
    for (const damaged of [
      gzipSync(`${EVIL}${'x'.repeat(9)}`).subarray(0, -9),
      Buffer.concat([gzipSync(EVIL), Buffer.from('x')]),
    ])
      assert.ok(
        textsOf(damaged).some((text) => text.startsWith(EVIL)),
        'cut off, or followed by something',
      );
    const wrongSum = gzipSync(EVIL);
    wrongSum[wrongSum.length - 6] = 0;
    assert.ok(textsOf(wrongSum).includes(EVIL));
    const named = gzipSync(EVIL);
    named[3] = 8 | 4;
    const head = Buffer.concat([named.subarray(0, 10), Buffer.from('\x02\0abname\0', 'latin1'), named.subarray(10)]);
    assert.ok(textsOf(head).includes(EVIL));
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
    const began = process.cpuUsage();
    const many = Array.from({ length: 1000 }, (_, i) => ({ name: `${i}.xml`, content: '<r/>' }));
    assert.deepEqual(readAs(zip(many)).report.limitsMet, ['size']);
    const { user } = process.cpuUsage(began);
    assert.ok(user < 1_000_000, `${user} µs`);
  });

  test(`of what gzip holds and is no text, the names in a tar archive are shown and nothing else: ${way}`, () => {
    const tar = Buffer.alloc(2048);
    tar.write('../../x.sh');
    tar.write('00000000003\0', 124);
    tar.write('ustar', 257);
    tar.write('abc', 512);
    const { leaves, report } = readAs(gzipSync(tar));
    const [own] = leaves.filter(({ path }) => path.endsWith(';entry'));
    assert.equal(own?.text, '../../x.sh');
    assert.ok(report.unreadFiles > 0);
    const octets = gzipSync(Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) & 0xff)));
    assert.ok(readAs(octets).leaves.every(({ text }) => text.length < 20 || /^[\w+/=]+$/.test(text)));
    const long = readAs(gzipSync('word '.repeat(300_000)));
    assert.deepEqual(long.report.limitsMet, ['size']);
    assert.ok(long.leaves.some(({ text }) => text.length > 30_000));
  });
}

test('one call unpacks so much and no more, and nothing within what was unpacked', () => {
  const inner = gzipSync('x'.repeat(60_000)).toString('base64');
  const nested = gzipSync(JSON.stringify(Array.from({ length: 400 }, () => inner)));
  const bodies = [
    JSON.stringify(Array.from({ length: 400 }, () => inner)),
    JSON.stringify(Array.from({ length: 30 }, () => nested.toString('base64'))),
    JSON.stringify(
      Array.from({ length: 40 }, () =>
        zip(Array.from({ length: 200 }, (_, i) => ({ name: `${i}`, content: `<r>${' '.repeat(40_000)}` }))).toString(
          'base64',
        ),
      ),
    ),
  ];
  for (const body of bodies) {
    const began = process.cpuUsage();
    const { report } = read({ type: 'application/json', body });
    const { user } = process.cpuUsage(began);
    assert.ok(report.limitsMet.length > 0);
    assert.ok(user < 600_000, `${user} µs for ${body.length} characters`);
  }
});

test('archives are known in base64 with line ends, behind a blank, and in a data URL', () => {
  const packed = gzipSync(EVIL).toString('base64');
  const folded = packed.replaceAll(/.{20}/g, '$&\r\n');
  for (const text of [folded, ` ${packed}`, `data:application/gzip;base64,${packed}`]) {
    const { leaves } = read({ type: 'application/json', body: JSON.stringify({ f: text, g: 'h' }) });
    assert.ok(
      leaves.some((leaf) => leaf.text === EVIL && leaf.path === 'body.f'),
      text,
    );
    assert.ok(
      leaves.some((leaf) => leaf.text === text && leaf.decoded.length === 0),
      'and shown as it came',
    );
    assert.ok(leaves.some((leaf) => leaf.text === 'h' && leaf.path === 'body.g'));
  }
});

test('a script of a server between the octets of a picture is shown, and octets that only look like its mark are not', () => {
  const picture = (middle: string): Buffer => Buffer.from(`GIF89a\0\x01\x02${middle}\0\0\xff`, 'latin1');
  const texts = (middle: string) => asFile(picture(middle)).leaves.map(({ text }) => text);
  assert.ok(texts("<?php system('a'); ?>").includes("<?php system('a'); ?>"));
  const shows = (middle: string, script: string) =>
    assert.ok(texts(middle).includes(script), texts(middle).join(' | '));
  shows('\0<?PhP eval($_GET[0]); ?>', '<?PhP eval($_GET[0]); ?>');
  shows('<?=`$_GET[0]` . 1?>', '<?=`$_GET[0]` . 1?>');
  shows("<?php /*\0*/ system('a'); ?>", "<?php /**/ system('a'); ?>");
  shows(`<?php${' '.repeat(2100)}system('a'); ?>`, "<?php system('a'); ?>");
  shows('<%Runtime.getRuntime()%>', '<%Runtime.getRuntime()%>');
  shows('<jsp:scriptlet a="b">', '<jsp:scriptlet a="b">');
  shows('<SCRIPT language=php>a</SCRIPT>', '<SCRIPT language=php>a</SCRIPT>');
  shows('<?php /* harmless */ ?>\0\xff<?php system("a"); ?>', '<?php system("a"); ?>');
  assert.ok(texts('__HALT_COMPILER(); ?> and').some((text) => text.startsWith('__HALT_COMPILER(); ?>')));
  for (const middle of ['<?=\0\x01', '<%\x80\x81\x82', '<?xpacket begin=""?>'])
    assert.ok(!texts(middle).some((text) => text.startsWith('<')), middle);
  assert.equal(asFile(picture("<?php system('a'); ?>")).report.unreadFiles, 1);
});
