import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterHead, contractOf, judge, type Request, shown } from './contract-fixture.test.ts';

const DOCUMENT = `
openapi: 3.1.0
info: { title: shop, version: '1' }
servers: [{ url: 'https://api.example.com/v1' }, { url: '{scheme}://localhost/', variables: { scheme: { default: http } } }]
security: [{ key: [] }]
paths:
  /orders:
    get:
      parameters:
        - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100 } }
        - { name: status, in: query, schema: { type: string, enum: [open, paid] } }
        - { name: ids, in: query, schema: { type: array, maxItems: 3, items: { type: integer } } }
        - { name: tags, in: query, explode: false, schema: { type: array, items: { type: string, enum: [a, b] } } }
        - { name: near, in: query, style: pipeDelimited, explode: false, schema: { type: array, items: { type: number } } }
        - { name: filter, in: query, style: deepObject, schema: { type: object, properties: { from: { type: string, format: date }, min: { type: integer } } } }
        - { name: page, in: query, schema: { type: object, properties: { offset: { type: integer }, size: { type: integer } } } }
        - { name: q, in: query, content: { application/json: { schema: { type: object, required: [a], properties: { a: { type: integer } } } } } }
        - { name: flag, in: query, allowEmptyValue: true, schema: { type: boolean } }
        - { name: x-tenant, in: header, required: true, schema: { type: string, pattern: '^[a-z]+$' } }
        - { name: x-parts, in: header, schema: { type: array, items: { type: integer } } }
        - { name: sid, in: cookie, schema: { type: string, minLength: 3 } }
      responses:
        '200': { description: ok, content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Order' } } } } }
        4XX: { description: no, content: { application/problem+json: { schema: { type: object } } } }
    post:
      requestBody:
        required: true
        content:
          application/json: { schema: { $ref: '#/components/schemas/Order' } }
          application/x-www-form-urlencoded: { schema: { $ref: '#/components/schemas/Order' } }
          multipart/form-data:
            schema: { type: object, required: [sku, photo], properties: { sku: { type: string }, quantity: { type: integer }, photo: { type: string, format: binary }, tags: { type: array, items: { type: string } }, meta: { type: object, properties: { a: { type: integer } } } } }
          text/plain: { schema: { type: string, maxLength: 5 } }
          image/*: {}
      responses: { '201': { description: made } }
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    get: { responses: { default: { description: any } } }
    delete: { responses: { '204': { description: gone } } }
  /orders/mine: { get: { responses: { '200': { description: ok } } } }
  /files/{name}.{type}:
    get:
      parameters:
        - { name: name, in: path, required: true, schema: { type: string } }
        - { name: type, in: path, required: true, schema: { type: string, enum: [json, csv] } }
      responses: { '200': { description: ok } }
  /points/{at}:
    get:
      parameters: [{ name: at, in: path, required: true, schema: { type: array, items: { type: integer }, minItems: 2 } }]
      responses: { '200': { description: ok } }
components:
  securitySchemes: { key: { type: apiKey, in: query, name: api_key } }
  schemas:
    Order:
      type: object
      required: [sku]
      properties:
        id: { type: integer, readOnly: true }
        sku: { type: string, maxLength: 8 }
        quantity: { type: integer, minimum: 1 }
        gift: { type: boolean }
        owner: { allOf: [{ $ref: '#/components/schemas/Owner' }] }
        tags: { type: array, items: { type: string } }
    Owner: { type: string, readOnly: true }
`;

const contract = contractOf(DOCUMENT);
const says = (request: Request): string => shown(judge(contract, { headers: ['x-tenant', 'acme'], ...request }));
const query = (text: string): string => says({ target: `/orders?${text}` });

test('documented calls pass, under the path of each server', () => {
  for (const target of [
    '/orders',
    '/v1/orders',
    '/orders?limit=10&status=open&api_key=k',
    '/orders/17',
    '/orders/mine',
  ])
    assert.equal(says({ target }), '', target);
  assert.equal(says({ target: '/orders/17', method: 'HEAD' }), '', 'HEAD is GET without its content');
  assert.equal(says({ target: '/orders', body: { sku: 'a', quantity: 2 } }), '');
});

test('paths and methods that are not documented are unknown', () => {
  for (const target of ['/', '/order', '/orders/', '/orders/1/items', '/v2/orders', '/ORDERS', '/orders//1'])
    assert.equal(says({ target }), 'endpoint', target);
  for (const method of ['PUT', 'PATCH', 'OPTIONS', 'post', 'HEAD '])
    assert.equal(says({ target: '/orders', method }), 'method', method);
  assert.equal(
    says({ target: '/orders/mine', method: 'DELETE' }),
    'parameter path:id',
    'the wider path has the method',
  );
});

test('a parameter of the path is what its schema says, however it is encoded', () => {
  assert.equal(says({ target: '/orders/%31%37' }), '');
  for (const id of ['abc', '1%2F2', '01', '1e3', '+1', '1.0', '%201', '9007199254740993', '1%00', '-'])
    assert.equal(says({ target: `/orders/${id}` }), 'parameter path:id', id);
  assert.equal(says({ target: '/files/report.json' }), '');
  assert.equal(says({ target: '/files/a.b.csv' }), 'parameter path:type');
  assert.equal(says({ target: '/files/report.exe' }), 'parameter path:type');
  assert.equal(says({ target: '/files/.json' }), 'endpoint');
  assert.equal(says({ target: '/points/1,2' }), '');
  assert.equal(says({ target: '/points/1' }), 'parameter path:at');
  assert.equal(says({ target: '/points/1,x' }), 'parameter path:at/1');
});

test('whole numbers in text are plain decimals', () => {
  for (const text of ['1', '100']) assert.equal(query(`limit=${text}`), '', text);
  for (const text of [
    '01',
    '1e1',
    '%201',
    '1%20',
    '+1',
    '0x10',
    '1.0',
    '١',
    '',
    '101',
    '0',
    '1_0',
    '-0.5',
    'Infinity',
    'NaN',
  ])
    assert.equal(query(`limit=${text}`), 'parameter query:limit', text);
});

test('a parameter that may come once may not come twice, under any spelling of its name', () => {
  assert.equal(query('limit=1&limit=2'), 'parameter query:limit');
  assert.equal(query('limit=1&li%6dit=2'), 'parameter query:limit');
  assert.equal(query('li%6dit=200'), 'parameter query:limit');
  assert.equal(query('status=open&status=open'), 'parameter query:status');
});

test('parameters that are not documented are refused, and names that cannot be decoded', () => {
  assert.equal(query('limt=1'), 'parameter query:limt');
  assert.equal(query('limit[]=1'), 'parameter query:*');
  assert.equal(query('LIMIT=1'), 'parameter query:LIMIT');
  assert.equal(query('__proto__=1'), 'parameter query:__proto__');
  assert.equal(query('%FF=1'), 'parameter query');
  assert.equal(query('limit=%FF'), 'parameter query:limit');
  assert.equal(query('limit=%4'), 'parameter query:limit');
  const open = contractOf(DOCUMENT, { unknownFields: 'allow' });
  assert.equal(shown(judge(open, { target: '/orders?limt=1', headers: ['x-tenant', 'a'] })), '');
  assert.equal(shown(judge(open, { target: '/orders?limit=x', headers: ['x-tenant', 'a'] })), 'parameter query:limit');
});

test('arrays and objects in a query are read by their style', () => {
  assert.equal(query('ids=1&ids=2'), '');
  assert.equal(query('ids=1&ids=x'), 'parameter query:ids/1');
  assert.equal(query('ids=1&ids=2&ids=3&ids=4'), 'parameter query:ids');
  assert.equal(query('tags=a,b'), '');
  assert.equal(query('tags=a,c'), 'parameter query:tags/1');
  assert.equal(query('tags=a&tags=b'), 'parameter query:tags');
  assert.equal(query('tags=a%2Cb'), 'parameter query:tags/0', 'an encoded comma is part of a value');
  assert.equal(query('near=1.5|2'), '');
  assert.equal(query('near=1.5%7C2'), '');
  assert.equal(query('filter[from]=2026-11-28&filter%5Bmin%5D=3'), '');
  assert.equal(query('filter[from]=yesterday'), 'parameter query:filter/from');
  assert.equal(query('filter[role]=1'), 'parameter query:filter/role');
  assert.equal(query('filter[min]=1&filter[min]=2'), 'parameter query:filter');
  assert.equal(query('filter=1'), 'parameter query:filter');
  assert.equal(query('filter[min]=1&filter=role'), 'parameter query:filter', 'a text beside the members');
  assert.equal(query('offset=10&page=role'), 'parameter query:page');
  assert.equal(query('offset=10&size=5'), '');
  assert.equal(query('offset=x'), 'parameter query:page/offset');
  assert.equal(query(`q=${encodeURIComponent('{"a":1}')}`), '');
  assert.equal(query(`q=${encodeURIComponent('{"a":1,"a":2}')}`), 'parameter query:q');
  assert.equal(query(`q=${encodeURIComponent('{"b":1}')}`), 'parameter query:q/b');
  assert.equal(query('flag'), '');
  assert.equal(query('flag=yes'), 'parameter query:flag');
});

test('headers and cookies that are documented are judged, and others are nobody’s business', () => {
  const headers = (...fields: string[]): string => says({ target: '/orders', headers: fields });
  assert.equal(headers(), 'parameter header:x-tenant');
  assert.equal(headers('x-tenant', 'ACME'), 'parameter header:x-tenant');
  assert.equal(headers('x-tenant', 'a', 'x-tenant', 'b'), 'parameter header:x-tenant');
  assert.equal(headers('x-tenant', 'a', 'x-parts', '1, 2', 'x-parts', '3'), '');
  assert.equal(headers('x-tenant', 'a', 'x-parts', '1, x'), 'parameter header:x-parts/1');
  assert.equal(headers('x-tenant', 'a', 'cookie', 'a=b; sid=abc', 'x-other', '1'), '');
  assert.equal(headers('x-tenant', 'a', 'cookie', 'sid=ab'), 'parameter cookie:sid');
  assert.equal(headers('x-tenant', 'a', 'cookie', 'sid=abc; sid=abd'), 'parameter cookie:sid');
});

test('fields that would turn the method into another are refused', () => {
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
    assert.equal(says({ target: '/orders/1', headers: [name, 'DELETE'] }), `parameter header:${name}`);
  assert.equal(query('_method=DELETE'), 'parameter query:_method');
});

test('nothing hides behind separators with nothing between them', () => {
  const flood = '&'.repeat(20_000);
  assert.equal(query(`${flood}limit=bad`), 'parameter query:limit');
  assert.equal(query(`limit=1${flood}role=admin&&`), 'parameter query:role');
  const type = 'application/x-www-form-urlencoded';
  assert.equal(says({ target: '/orders', body: `sku=a${flood}role=admin`, type }), 'body /role');
  assert.equal(query('a=1&'.repeat(10_001)), 'parameter query', 'too many to be judged');
});

test('the content type is one of the documented, once, in UTF-8', () => {
  const typed = (type: string, body: unknown = { sku: 'a' }): string => says({ target: '/orders', body, type });
  for (const type of [
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;charset="utf-8"',
    'image/png',
  ])
    assert.equal(typed(type), '', type);
  for (const type of [
    'application/xml',
    'text/json',
    'application/json, text/plain',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=utf-7',
    'application/json; charset',
    'application json',
    'application/',
    '"application/json"',
    'application/json; a="b',
    'application/problem+json',
  ])
    assert.equal(typed(type), 'contentType header:content-type', type);
  assert.equal(says({ target: '/orders', body: { sku: 'a' }, type: '' }), 'contentType header:content-type');
  const twice = ['content-type', 'text/plain', 'x-tenant', 'a'];
  assert.equal(says({ target: '/orders', body: { sku: 'a' }, headers: twice }), 'contentType header:content-type');
  assert.equal(
    typed('text/plain', '{"sku":"a"}'),
    'body ',
    'JSON in the guise of text is judged as the text it says it is',
  );
  const coded = ['content-encoding', 'gzip', 'x-tenant', 'a'];
  assert.equal(says({ target: '/orders', body: { sku: 'a' }, headers: coded }), 'contentType header:content-encoding');
});

test('a body is what its schema says, and its place is named', () => {
  const body = (value: unknown): string => says({ target: '/orders', body: value });
  assert.equal(body({ quantity: 1 }), 'body /sku');
  assert.equal(body({ sku: 'a', quantity: '1' }), 'body /quantity');
  assert.equal(body({ sku: 'a', quantity: 0 }), 'body /quantity');
  assert.equal(body({ sku: 'a', admin: true }), 'body /admin');
  assert.equal(body({ sku: 'a', id: 1 }), 'body /id', 'read-only');
  assert.equal(body({ sku: 'a', owner: 'me' }), 'body /owner', 'read-only by a part of its schema');
  assert.equal(body({ sku: 'a', tags: ['x', 1] }), 'body /tags/1');
  assert.equal(body([]), 'body ');
  for (const text of ['{"sku":"a","sku":"b"}', '{"sku":"a"', '', '\ufeff{"sku":"a"}', '{"sku":"a"}{}'])
    assert.equal(body(text), 'body ', text);
  assert.equal(body({ sku: 'a', ['__proto__x']: 1 }), 'body /__proto__x');
  assert.equal(body('{"sku":"a","__proto__":{"admin":true}}'), 'body /__proto__');
  assert.equal(says({ target: '/orders', method: 'POST' }), 'body ', 'a body is required');
  assert.equal(says({ target: '/orders/1', method: 'GET', body: {} }), 'body ', 'none is documented');
  assert.equal(says({ target: '/orders/1', method: 'GET', body: '' }), '');
});

test('forms are judged by the same schema', () => {
  const form = (body: string): string => says({ target: '/orders', body, type: 'application/x-www-form-urlencoded' });
  assert.equal(form('sku=a+b&quantity=2&gift=true&tags=x&tags=y'), '');
  assert.equal(form('sku=a&quantity=2x'), 'body /quantity');
  assert.equal(form('sku=a&sku=b'), 'body /sku');
  assert.equal(form('sku=a&role=admin'), 'body /role');
  assert.equal(form('quantity=2'), 'body /sku');
  assert.equal(form('sku=%FF'), 'body ');
});

test('forms of parts are judged where every reader reads the same parts', () => {
  const part = (head: string, content = 'x'): string =>
    `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
  const parts = (body: string, type = 'multipart/form-data; boundary=b'): string =>
    says({ target: '/orders', body: `${body}--b--\r\n`, type });
  const sku = part('name="sku"');
  const photo = part('name="photo"; filename="a.png"', '\0\u0001binary');
  assert.equal(parts(sku + photo), '');
  assert.equal(parts(sku + photo + part('name="quantity"', '3') + part('name=tags') + part('name=tags')), '');
  assert.equal(parts(sku + photo + part('name="quantity"', 'three')), 'body /quantity');
  assert.equal(parts(sku + photo + part('name="meta"', '{"a":1}')), '');
  assert.equal(parts(sku + photo + part('name="meta"', '{"a":"1"}')), 'body /meta/a');
  assert.equal(parts(sku), 'body /photo');
  assert.equal(parts(sku + photo + part('name="role"')), 'body /role');
  assert.equal(parts(sku + sku + photo), 'body /sku');
  for (const body of [
    `preamble\r\n${sku}${photo}`,
    sku + photo + part('filename="x"'),
    sku + photo + part('name="quantity"; name="sku"'),
    sku + photo + part("name*=utf-8''sku"),
    `${sku}${photo}--b\r\nContent-Disposition: form-data; name="gift"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n`,
    `${sku}${photo}--b\r\nContent-Disposition: form-data; name="gift"\r\nContent-Type: text/plain; charset=utf-16\r\n\r\nx\r\n`,
    `${sku}${photo}--b\nContent-Disposition: form-data; name="gift"\n\n1\n`,
  ])
    assert.equal(parts(body), 'body ', body);
  assert.equal(parts(sku + photo, 'multipart/form-data'), 'body ');
});

test('answers are held to the documented statuses, types and schemas', () => {
  const answer = (status: number, type: string, body: unknown, method = 'GET', path = '/orders'): string => {
    const bytes = Buffer.from(JSON.stringify(body));
    const headers = type === '' ? [] : ['content-type', type];
    return shown(afterHead(contract.judgeAnswer(path, method, { status, headers, hasBody: true }), bytes));
  };
  const order = { id: 1, sku: 'a' };
  assert.equal(answer(200, 'application/json', [order]), '');
  assert.equal(answer(404, 'application/problem+json', { title: 'no' }), '');
  assert.equal(answer(200, 'application/json', [{ ...order, passwordHash: 'x' }]), 'body /0/passwordHash');
  assert.equal(answer(500, 'application/json', {}), 'status status');
  assert.equal(answer(200, 'text/html', 'x'), 'contentType header:content-type');
  assert.equal(answer(200, '', [order]), 'body header:content-type');
  assert.equal(answer(201, '', { leak: 1 }, 'POST'), 'body ', 'nor is one documented that has no type');
  assert.equal(answer(201, 'application/json', { leak: 1 }, 'POST'), 'body ', 'no body is documented');
  assert.equal(answer(500, 'application/json', {}, 'GET', '/orders/1'), 'body ');
  assert.equal(answer(200, 'application/json', {}, 'GET', '/nothing'), 'endpoint');
});

test('headers of answers are held to the document, and their values are told of nobody', () => {
  const headers = contractOf(`
openapi: 3.1.0
info: { title: heads, version: '1' }
paths:
  /list:
    get:
      responses:
        '200':
          description: ok
          headers:
            X-Total: { required: true, schema: { type: integer, minimum: 0 } }
            X-Tags: { schema: { type: array, maxItems: 2, items: { type: string, enum: [a, b] } } }
            X-Page: { explode: true, schema: { type: object, properties: { size: { type: integer } } } }
            X-Meta: { content: { application/json: { schema: { type: object, required: [v] } } } }
            Set-Cookie: { schema: { type: string, pattern: '^sid=' } }
            Location: { $ref: '#/components/headers/Place' }
            content-TYPE: { required: true, schema: { type: string, enum: [text/csv] } }
          content: { application/json: {} }
        default: { description: other }
    head: { responses: { '200': { $ref: '#/components/responses/Head' } } }
components:
  headers: { Place: { schema: { type: string, maxLength: 5 } } }
  responses: { Head: { description: ok, headers: { x-total: { required: true, schema: { type: integer } } } } }
`);
  const answer = (fields: readonly string[], method = 'GET', status = 200): string => {
    const all = ['content-type', 'application/json', ...fields];
    const judged = headers.judgeAnswer('/list', method, { status, headers: all, hasBody: false });
    const violation = afterHead(judged, Buffer.alloc(0));
    assert.doesNotMatch(JSON.stringify(violation ?? ''), /hunter2/);
    return shown(violation);
  };
  const total = ['x-total', '5'];
  assert.equal(answer(total), '');
  assert.equal(answer([...total, 'x-other', 'hunter2']), '', 'what is not documented passes');
  assert.equal(answer([]), 'header header:x-total');
  assert.equal(answer(['x-total', 'hunter2']), 'header header:x-total');
  assert.equal(answer(['x-total', '05']), 'header header:x-total');
  assert.equal(answer([...total, ...total]), 'header header:x-total', 'one value, or it is not known which counts');
  assert.equal(answer([...total, 'x-tags', 'a, b']), '');
  assert.equal(answer([...total, 'x-tags', 'a', 'x-tags', 'b']), '');
  assert.equal(answer([...total, 'x-tags', 'a,hunter2']), 'header header:x-tags/1');
  assert.equal(answer([...total, 'x-tags', 'a', 'x-tags', 'b,a']), 'header header:x-tags');
  assert.equal(answer([...total, 'x-page', 'size=2']), '');
  assert.equal(answer([...total, 'x-page', 'size=2,other=hunter2']), 'header header:x-page/other');
  assert.equal(answer([...total, 'x-meta', '{"v":1}']), '');
  assert.equal(answer([...total, 'x-meta', '{"v":1,"v":2}']), 'header header:x-meta');
  assert.equal(answer([...total, 'set-cookie', 'sid=1; Expires=Thu, 01 Jan', 'set-cookie', 'sid=2']), '');
  assert.equal(answer([...total, 'set-cookie', 'sid=1', 'set-cookie', 'hunter2']), 'header header:set-cookie');
  assert.equal(answer([...total, 'location', 'hunter2']), 'header header:location');
  assert.equal(answer([], 'HEAD'), '', 'an answer to HEAD may lack what is made with the content');
  assert.equal(answer(['x-total', 'x'], 'HEAD'), 'header header:x-total');
  assert.equal(answer([], 'GET', 404), '', 'headers are those of their status');
  assert.throws(
    () =>
      contractOf(`
openapi: 3.0.3
info: { title: heads, version: '1' }
paths: { /a: { get: { responses: { '200': { headers: { X-A: { style: form, schema: {} } } } } } } }
`).compileAll(),
    /no style/,
  );
});
