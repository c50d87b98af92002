import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Leaf } from '../leaf.ts';
import { nameOf } from '../model.ts';
import { Variants } from '../normalise/variants.ts';
import { Reader } from '../reader.ts';

/** What a value as it comes is found to be, read as a whole. */
function found(text: string, isKey = false, place: Partial<Leaf> = {}): Set<string> {
  const leaf: Leaf = { location: 'json', isKey, path: 'value', text, decoded: [], ...place };
  const variants = new Variants();
  variants.decode(variants.load(text));
  const reader = new Reader();
  const names = new Set<string>();
  for (const variant of variants.list.slice(0, variants.count)) {
    reader.begin(variant, leaf);
    if (!reader.read(variant, 0, variant.length, leaf)) continue;
    for (const id of reader.evidence.ids.subarray(0, reader.evidence.count)) names.add(nameOf(id));
  }
  return names;
}

for (const [text, feature] of [
  ['db.orders.drop()', 'query.call-of-database'],
  ['this.name.match(/^a/)', 'query.condition-on-document'],
  ['7;\treturn true', 'query.statement-after-value'],
  ["' ||\u00a07 ==\t7", 'query.literals-compared'],
  ['{\t$ne\u00a0: 1}', 'name.query-operator-in-text'],
  ['a.__proto__.b=1', 'name.prototype-in-path'],
  ['__pro__proto__to__[a]', 'name.prototype-in-path'],
  ['..././..././x', 'path.climbs-above-its-root'],
  ['/static/../../app.py', 'path.climbs-out-of-folder'],
  ['\\\\files.example.com\\share\\a', 'path.network-share'],
  ['invoice.php%00', 'path.nul-after-file-name'],
  ['%SYSTEMROOT%\\win.ini', 'path.windows-drive'],
  ['/WEB-INF/classes/a.class', 'path.sensitive-file'],
  ['- !!a.b.C ["x"]', 'packed.yaml-type'],
  ['{"py/object":"a.B"}', 'packed.class-chosen-by-document'],
  ['{"$type":"A.B.C, D"}', 'packed.class-chosen-by-document'],
  ['<map><java.beans.EventHandler/></map>', 'packed.element-named-by-class'],
  ['sun.rmi.server.UnicastRef', 'packed.gadget-class'],
  ['\\2a\\29\\28cn=\\2a', 'ldap.escaped-delimiters'],
  ['x) ( &', 'ldap.closes-and-opens'],
  ['(a))(b=c)', 'ldap.closes-and-opens'],
  ['(a)(b=c)', 'ldap.closes-and-opens'],
  ['a)|(b=c)', 'ldap.operator-before-filter'],
  ['*)(a=b', 'ldap.wildcard-attribute'],
  ['x\nLocation: //a.example.com/', 'line.known-header-field-after-break'],
  ['x\nLocation: \\\\a', 'line.known-header-field-after-break'],
  ['x\nRefresh: 0; url=a.example.com', 'line.known-header-field-after-break'],
  ['x\r\nDATA\r\na', 'line.protocol-command-after-break'],
  ['x\nDELE /in/a.csv', 'line.protocol-command-after-break'],
  ['x\ndEle /in/a.csv', 'line.protocol-command-after-break'],
  ['x\nATDT0123', 'line.protocol-command-after-break'],
  ['x\r\nPORT 203,0,113,5,31,144', 'line.protocol-command-after-break'],
  ['x\r\nEVAL "return 1" 0', 'line.protocol-command-after-break'],
  ['x\r\nV101 FETCH 4791', 'line.protocol-command-after-break'],
  ['x\\r\\nSet-Cookie: a=b', 'line.known-header-field-after-break'],
  ['x\\r\\nHTTP/1.1 200 OK', 'line.second-response-or-request'],
  ['x\\r\\n\\r\\n<b>', 'line.break'],
  ['Subject: hi\n\nCc: a@example.com', 'line.mail-command-after-break'],
  ['a: b\n\nX-Forwarded-For: 127.0.0.1', 'line.known-header-field-after-break'],
  ['a: b\nc: d\nBcc: e@example.com', 'line.mail-command-after-break'],
  ['gANjb3MKYQou', 'packed.python-pickle'],
  ['x\r\nA1 LOGOUT', 'line.protocol-command-after-break'],
  ['x\r\nAT+CMGS="1"', 'line.protocol-command-after-break'],
  ['x\r\n*3\r\n$3\r\nSET', 'line.protocol-command-after-break'],
  ['x\\r\\nFLUSHALL', 'line.protocol-command-after-break'],
  ['admin\n2026-06-11 08:14:02 in', 'line.log-entry-after-break'],
  ['admin\n<34>Oct 11 su', 'line.log-entry-after-break'],
  ['admin\n[error] a', 'line.log-entry-after-break'],
  ['admin\n[11/Jun/2026:08:14:02 +0000]', 'line.log-entry-after-break'],
  ['admin\n2026/06/11T08:14', 'line.log-entry-after-break'],
  ['a=1\n[__proto__]\nb=2', 'name.prototype-in-path'],
  ['a: 1\n__proto__:\n  b: 2', 'name.prototype-in-path'],
  ['id,__proto__.b,c\n1,2,3', 'name.prototype-in-path'],
  ["a']);}system('b');/*", 'code.closes-call-before-sink'],
  ['(dp0\nc__builtin__\nexec\np1', 'packed.python-pickle'],
  ['gAJdcQBjX19idWlsdGluX18', 'packed.python-pickle'],
  ['<!DOCTYPE a PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://a.example.com/">', 'xml.external-identifier'],
  ['<!DOCTYPE a PUBLIC "-//A//DTD B//EN" "http://www.w3.org/a">', 'xml.external-identifier'],
  ['<!DOCTYPE a SYSTEM "http://www.w3.org/a">', 'xml.external-identifier'],
  [`<!DOCTYPE a PUBLIC "-//W3C//DTD ${'b '.repeat(150)}" "http://a.example.com/">`, 'xml.external-identifier'],
  ['<!DOCTYPE a PUBLIC "-//W3C//DTD SVG 1.1//EN" [', 'xml.external-identifier'],
  ['<meta http-equiv=refresh content=0>', 'html.dangerous-tag'],
  ['1 union select all a, b from c', 'sql.union-select'],
  ['1 union select a b c2 from d', 'sql.union-select'],
  ['1 union select a b from c', 'sql.union-select'],
  ["' or 7=7-- x9f", 'sql.ends-in-comment'],
  ['1 or `n`=`n`', 'sql.tautology'],
  ['{{-7*7-}}', 'template.arithmetic-in-hole'],
  ['{{ a || b }}', 'template.operator-in-hole'],
  ['{{ a - b }}', 'template.operator-in-hole'],
  ['{{ a | b }}', 'code i|i'],
  ["a; b c''at d", 'shell.word-split-by-quotes'],
  ["' and count(/*)=1 and '1'='1", 'xpath.path-in-call'],
  ['" or text()="a" or "a"="b', 'xpath.call-in-condition'],
  ["declare namespace x='a';//x:b", 'xpath.query-prolog'],
  ['localhost/admin', 'url.inner-host-with-path'],
  ['http://a.example.com#@127.0.0.1/', 'url.second-host'],
  ['http://a.example.com/?q= a b c', 'url.is-the-whole-value'],
  ['http://a.example.com/# a b c', 'url.is-the-whole-value'],
  ['\t http://a.example.com/', 'url.is-the-whole-value'],
  ['jar:http://3232235521!/', 'url.address-in-odd-notation'],
  ['http://7147006462/', 'url.address-in-odd-notation'],
  ['http://vault.service.consul:8200/', 'url.internal-name'],
  ['<?xml-stylesheet type="text/xsl" href="http://a.example.com/s"?>', 'xml.stylesheet-from-elsewhere'],
] as const)
  test(`${feature} is found in ${JSON.stringify(text)}`, () => {
    const features = found(text);
    assert.ok(features.has(feature), [...features].join(' | '));
  });

for (const [text, feature] of [
  ['cls/hosts', 'path.sensitive-file'],
  ['http://www.example.com%00&c=1', 'path.nul-after-file-name'],
  ['127.0.0.1:9002', 'url.loopback'],
  ['10.0.0.0/16', 'url.private-address'],
  ['http://a.example.com/ is what I mean', 'url.is-the-whole-value'],
  ['at http://a.example.com/', 'url.is-the-whole-value'],
  ["if (key === '__proto__') return;", 'name.prototype-in-path'],
  ['obj.__proto__ = base;', 'name.prototype-in-path'],
  ['const n = a.b == c; return n;', 'query.statement-after-value'],
  ['db.query(sql)', 'query.call-of-database'],
  ['declare namespace Foo { }', 'xpath.query-prolog'],
  ['return !!this.a.b;', 'packed.yaml-type'],
  ['xrO0AB', 'packed.java-object'],
  ['(&(cn=a)(uid=b))', 'ldap.closes-and-opens'],
  ['(&(cn=a)(|(uid=b)(uid=c)))', 'ldap.operator-before-filter'],
  ['(&(cn=a)(uid=*))', 'ldap.wildcard-attribute'],
  ['x\nLocation: Room 4', 'line.known-header-field-after-break'],
  ['x\nLOCATION:Room 3\\, 2nd floor', 'line.known-header-field-after-break'],
  ['x\nLocation: behind the old mill / river', 'line.known-header-field-after-break'],
  ['Select all\nSELECT a FROM b', 'line.protocol-command-after-break'],
  ['a\nData: b', 'line.protocol-command-after-break'],
  ['a\ndata of b\nquit', 'line.protocol-command-after-break'],
  ['a\nATD is short', 'line.protocol-command-after-break'],
  ['2026-06-11 08:14:02 a\n2026-06-11 08:14:03 b', 'line.log-entry-after-break'],
  ['a\nError in b', 'line.log-entry-after-break'],
  ['Hi,\nERROR: cannot connect', 'line.log-entry-after-break'],
  ['Todo\n2026-06-11 buy milk', 'line.log-entry-after-break'],
  ['Agenda\n10/Jun/2026 kick-off', 'line.log-entry-after-break'],
  ['Test run\nPASS test_a\nSTORE hours', 'line.protocol-command-after-break'],
  ['Hello\nREGISTER now\nSEND me the file\nINVITE Ann', 'line.protocol-command-after-break'],
  ['Results:\nPASS\nFAIL', 'line.protocol-command-after-break'],
  ['C:\\r\\new\\report.txt', 'line.break'],
  ['a\n2026-06 b', 'line.log-entry-after-break'],
  ['Return-Path: <a@example.com>\nReceived: from b\n\tby c\nSubject: d', 'line.mail-command-after-break'],
  ['C:\\new\\readme', 'line.break'],
  ['x = [__proto__.a, b]', 'name.prototype-in-path'],
  ['{ __proto__: null, a: 1 }', 'name.prototype-in-path'],
  ["if (a) { system('b'); }", 'code.closes-call-before-sink'],
  ["system('a');}", 'code.closes-call-before-sink'],
  [
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
    'xml.external-identifier',
  ],
  ['<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN">', 'xml.external-identifier'],
  ['Union 2" BSP, PN<=16, "select" grade', 'sql.union-select'],
  ['union 2 select', 'sql.union-select'],
  ['<meta name="a" content="b"><link rel="icon" href="/a.png">', 'html.dangerous-tag'],
  ['<meta name="a" content="b"><link rel="icon" href="/a.png">', 'html.unknown-tag-with-attribute'],
  ['In 2 unions (union select three new members) of it', 'sql.union-select'],
  ["it's -- as ever", 'sql.ends-in-comment'],
  ['UPDATE `a` SET `n` = `n` + 1', 'sql.tautology'],
  ['{{#a}}{{/a}}', 'template.operator-in-hole'],
  ['{{- a -}}', 'template.operator-in-hole'],
  ['{{ a | b }}', 'template.operator-in-hole'],
  ["a eq 'b' and contains(c,'d')", 'xpath.call-in-condition'],
  ['a ge 8 or contains(c)', 'xpath.call-in-condition'],
] as const)
  test(`${feature} is not found in ${JSON.stringify(text)}`, () => {
    assert.ok(!found(text).has(feature));
  });

test('the path to an element as browsers write it says nothing, and with anything computed it does', () => {
  assert.equal(found('//*[@id="app"]/div[2]/a[1]').size, 0);
  for (const text of [
    '//*[@id="a" or 1=1]/b',
    '//user[count(/*)=1]',
    "//*[@id='a'] | //user",
    '//*[@id="a"><script>"]',
    '//localhost/a[1]',
    '//127.0.0.1/a[1]',
  ])
    assert.ok(found(text).size > 0, text);
});

test('what Ruby, Python and PHP take for a class or a function is told by its name', () => {
  assert.ok(found('^o', true).has('name.constructs-an-object'));
  assert.ok(found('py/object', true).has('name.constructs-an-object'));
  assert.ok(found('a[@class]', true).has('name.type-discriminator'));
  for (const name of ['@type', '$type'])
    for (const structure of ['name.type-discriminator', 'name.query-operator'] as const)
      assert.ok(!found(name, true).has(structure), `${name}: documents of other uses have it, too`);
  assert.ok(found('a[$type]', true).has('name.query-operator-in-brackets'));
  assert.ok(found('$func', true).has('name.query-operator-with-code'));
  assert.ok(found('__defineSetter__[a]', true).has('name.accessor-definition'));
});

test('options of OData are names of its queries, and operators of a document database everywhere else', () => {
  const inQuery = { location: 'query', path: 'query' } as const;
  for (const name of ['$filter', '$skip', '$search', '$TOP'])
    assert.ok(!found(name, true, inQuery).has('name.query-operator'), name);
  assert.ok(found('$where', true, inQuery).has('name.query-operator'));
  assert.ok(found('a[$skip]', true, inQuery).has('name.query-operator-in-brackets'));
  assert.ok(found('$skip', true).has('name.query-operator'));
});

test('comparisons under a name that takes conditions are told apart from those elsewhere', () => {
  const under = (path: string) => ({ location: 'json', path }) as const;
  assert.ok(found('$gte', true, under('body.filter.age')).has('name.query-operator-in-filter'));
  assert.ok(found('$gte', true, under('body.variables.where.age')).has('name.query-operator-in-filter'));
  assert.ok(found('filters[a][$in][0]', true, under('query.filters[a][$in][0]')).has('name.query-operator-in-filter'));
  assert.ok(!found('filters[a][$in][0]', true, under('query.filters[a][$in][0]')).has('name.query-operator-in-text'));
  for (const [name, path] of [
    ['$gte', 'body.password'],
    ['$gte', 'body.filter.password'],
    ['$gte', 'body.where.resetToken'],
    ['$gte', 'body.login.where'],
    ['$gte', `body.filter.${'a'.repeat(250)}…`],
    ['$ne', 'body.filter.age'],
    ['$where', 'body.filter'],
    ['$gte', 'body.filtered'],
  ] as const) {
    const names = found(name, true, under(path));
    assert.ok(names.has('name.query-operator') && !names.has('name.query-operator-in-filter'), `${name} ${path}`);
  }
});

test('what clients of analytics set of an event is no operator, and elsewhere it is one', () => {
  const under = (path: string) => ({ location: 'json', path }) as const;
  for (const path of ['body.data[].$set', 'body.batch[].properties.$set', 'body.properties.$set'])
    assert.ok(!found('$set', true, under(path)).has('name.query-operator'), path);
  for (const path of ['body.$set', 'body.user_id.$set', 'body.data.role.$inc'])
    assert.ok(found(path.slice(path.lastIndexOf('$')), true, under(path)).has('name.query-operator'), path);
});

test('the name of a file that climbs is told apart from a path that does', () => {
  const under = (path: string) => ({ location: 'multipart', path }) as const;
  for (const path of ['body.f.;filename', 'body.f.;filename*', 'body.f.;entry', 'body.ffffffff…'])
    for (const name of ['../../a.sh', '..\\a.sh'])
      assert.ok(found(name, false, under(path)).has('path.climbs-in-file-name'), `${name} ${path}`);
  assert.ok(!found('../../a.sh', false, under('body.f')).has('path.climbs-in-file-name'));
  assert.ok(!found('a..sh', false, under('body.f.;filename')).has('path.climbs-in-file-name'));
});
