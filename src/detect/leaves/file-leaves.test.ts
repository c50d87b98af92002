import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Parts, read } from './leaves-fixture.test.ts';

const EVIL = "x' or 1=1--";

interface File {
  readonly type?: string;
  readonly content: string | Buffer;
  readonly name?: string;
}

function upload(files: readonly File[], values: Readonly<Record<string, string>> = {}): Parts {
  const part = (head: string, content: string | Buffer) => [
    Buffer.from(`--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ];
  const body = Buffer.concat([
    ...files.flatMap(({ type, content, name }) =>
      part(`name="f"; filename="${name ?? 'n'}"${type === undefined ? '' : `\r\nContent-Type: ${type}`}`, content),
    ),
    ...Object.entries(values).flatMap(([name, value]) => part(`name="${name}"`, value)),
    Buffer.from('--b--\r\n'),
  ]);
  return { type: 'multipart/form-data; boundary=b', body };
}

const contentsOf = (parts: Parts): string[] =>
  read(parts)
    .leaves.filter(({ isKey, path }) => !isKey && !path.includes(';filename'))
    .map(({ path, text }) => `${path}=${text}`);

const TEXTS: readonly (readonly [what: string, file: File, expected: string])[] = [
  ['plain text', { type: 'text/plain', content: EVIL }, `body.f=${EVIL}`],
  ['text that says it is a picture', { type: 'image/png', content: EVIL }, `body.f=${EVIL}`],
  [
    'JSON that says it is a picture',
    { type: 'image/png', content: JSON.stringify({ a: [EVIL] }) },
    `body.f.a[]=${EVIL}`,
  ],
  ['lines of JSON', { content: `{"a":1}\n${JSON.stringify({ a: EVIL })}` }, `body.f.a=${EVIL}`],
  ['JSON that is none', { content: `{"a":'${EVIL}'}` }, `body.f={"a":'${EVIL}'}`],
  ['a table', { type: 'text/csv', content: `a,b\n1,${EVIL}` }, `body.f=a,b\n1,${EVIL}`],
  ['XML of no type', { content: `\n<?xml version="1.0"?><r>${EVIL}</r>` }, `body.f.r=${EVIL}`],
  ['a drawing', { content: '<svg onload="alert(1)"/>' }, 'body.f=<svg onload="alert(1)"/>'],
  [
    'a drawing of its own type',
    { type: 'image/svg+xml', content: '<x:svg xmlns:x="s" onload="alert(1)"/>' },
    'body.f=<x:svg xmlns:x="s" onload="alert(1)"/>',
  ],
  ['a page', { type: 'text/html', content: '<script>alert(1)</script>' }, 'body.f=<script>alert(1)</script>'],
  ['a page with a control in it', { content: `<script>\0alert(1)</script>` }, 'body.f=<script>\0alert(1)</script>'],
  ['text in UTF-16', { content: Buffer.from(`\ufeff${EVIL}`, 'utf16le') }, `body.f=${EVIL}`],
  ['text in UTF-16 without a mark', { content: Buffer.from(EVIL, 'utf16le').swap16() }, `body.f=${EVIL}`],
  ['text in Latin-1', { content: Buffer.from(`gr\xfc\xdfe ${EVIL}`, 'latin1') }, `body.f=grüße ${EVIL}`],
];

for (const [what, file, expected] of TEXTS)
  test(`what is in an uploaded file is read: ${what}`, () => {
    assert.ok(contentsOf(upload([file])).includes(expected), JSON.stringify(contentsOf(upload([file]))));
    assert.equal(read(upload([file])).report.unreadFiles, 0);
  });

test('a file whose type says octets and whose content is text is told of', () => {
  assert.deepEqual(read(upload([{ type: 'image/png', content: '{"a":1}' }])).report.oddities, [
    'content_type_mismatch',
  ]);
  for (const type of ['text/plain', 'image/svg+xml', 'application/octet-stream'])
    assert.deepEqual(read(upload([{ type, content: '<svg/>' }])).report.oddities, []);
});

test('files that are no text are counted, and nothing of them is shown', () => {
  const png = Buffer.from(`\x89PNG\r\n\x1a\n\0\0\0\rIHDR ${EVIL}`, 'latin1');
  const parts = upload([{ type: 'image/png', content: png }, { content: png }, { content: 'text' }], { a: 'b' });
  const { report } = read(parts);
  assert.deepEqual([report.unreadFiles, report.malformations, report.oddities], [2, [], []]);
  assert.deepEqual(contentsOf(parts), ['body.a=b', 'body.f=text']);
});

test('no file uses up what is left for values or for other files', () => {
  const large = { content: `${'words and words '.repeat(20_000)}` };
  const parts = upload([large, large, large, large, large, { content: EVIL }], {
    last: EVIL,
    padding: 'x'.repeat(9000),
  });
  const contents = contentsOf(parts);
  assert.ok(contents.includes(`body.last=${EVIL}`));
  assert.deepEqual(read(parts).report.limitsMet, ['size']);
  assert.ok(contentsOf(upload([large, { content: EVIL }])).includes(`body.f=${EVIL}`));
  const stopped = read({ ...parts, limits: { samples: false } });
  assert.deepEqual(stopped.report.limitsMet, ['size']);
});
