import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GOOD, load, marked, problemsOf } from './loading-fixture.test.ts';

/** Each line: what it shows, the code, the path, and a change of GOOD with ▲ where the problem stands. */
const REFUSALS: readonly (readonly [string, string, string, string | RegExp, string])[] = [
  ['an unknown key at the top', 'SP010', 'mod', 'mode: enforce', '▲mod: enforce'],
  ['an unknown key deep inside', 'SP010', 'routes[0].match.hst', 'host: API.example.com', '▲hst: api.example.com'],
  ['a key that is not a word', 'SP010', 'upstreams.orders["a b"]', '3000" }', '3000", ▲a b: 1 }'],
  ['a merge key', 'SP010', 'upstreams.orders["<<"]', '3000" }', '3000", ▲<<: 1 }'],
  ['a missing version', 'SP011', 'version', 'version: 1\n', '▲'],
  ['a missing key deep inside', 'SP011', 'routes[0].match.path', /match: \{.*\}/, 'match: ▲{ methods: [GET] }'],
  [
    'a route that does not say who may call',
    'SP011',
    'routes[0].authenticate',
    /- id(.*\n.*\n.*)\n.*anyOf.*/,
    '- ▲id$1',
  ],
  ['no upstreams', 'SP011', 'upstreams', /upstreams:\n.*\n/, 'upstreams: ▲{}\n'],
  [
    'an upstream without an address',
    'SP011',
    'upstreams.orders.url',
    '{ url: "http://127.0.0.1:3000" }',
    '▲{ timeoutSeconds: 3 }',
  ],
  [
    'an authenticator without a type',
    'SP011',
    'authenticators.keys.type',
    '{ type: api-key, header: X-Api-Key }',
    '▲{ header: x-api-key }',
  ],
  ['authenticate without a list', 'SP011', 'routes[0].authenticate', '{ anyOf: [keys] }', '▲{}'],
  [
    'a limit without rate and quota',
    'SP011',
    'routes[0].limits[0].rate',
    '{ per: consumer, rate: 100/1m, burst: 20 }',
    '▲{ per: consumer }',
  ],
  ['text where a record belongs', 'SP012', 'listen', 'mode: enforce', 'mode: enforce\nlisten: ▲8080'],
  ['a record where text belongs', 'SP012', 'mode', 'mode: enforce', 'mode: ▲{ a: 1 }'],
  ['nothing where a record belongs', 'SP012', 'consumers', 'routes:', 'consumers:▲\nroutes:'],
  ['a record where a list belongs', 'SP012', 'routes[0].match.methods', '[GET]', '▲{ GET: true }'],
  ['a number where text belongs', 'SP012', 'routes[0].id', 'read-order', '▲42'],
  ['text where a number belongs', 'SP012', 'listen.port', 'mode: enforce', 'mode: enforce\nlisten: { port: ▲"8080" }'],
  [
    'text where true or false belongs',
    'SP012',
    'upstreams.orders.preserveHost',
    '3000" }',
    '3000", preserveHost: ▲yes }',
  ],
  ['a mode that does not exist', 'SP013', 'mode', 'enforce', '▲enforced'],
  ['a port out of range', 'SP013', 'admin.port', 'mode: enforce', 'mode: enforce\nadmin: { port: ▲65536 }'],
  [
    'a fraction where a whole number belongs',
    'SP013',
    'admin.port',
    'mode: enforce',
    'mode: enforce\nadmin: { port: ▲80.5 }',
  ],
  ['a duration out of range', 'SP013', 'upstreams.orders.timeoutSeconds', '3000" }', '3000", timeoutSeconds: ▲0 }'],
  ['a number that is none', 'SP013', 'upstreams.orders.timeoutSeconds', '3000" }', '3000", timeoutSeconds: ▲.nan }'],
  ['a size out of range', 'SP013', 'events.maxBytes', 'mode: enforce', 'mode: enforce\nevents: { maxBytes: ▲1KiB }'],
  ['an item twice', 'SP013', 'routes[0].match.methods[1]', '[GET]', '[GET, ▲GET]'],
  ['an empty list of authenticators', 'SP013', 'routes[0].authenticate.anyOf', '[keys]', '▲[]'],
  ['an authenticator type that does not exist', 'SP013', 'authenticators.keys.type', 'api-key,', '▲apikey,'],
  [
    'a treatment of paths that does not exist',
    'SP013',
    'routes[0].paths.backslash',
    'upstream: orders',
    'upstream: orders\n    paths: { backslash: ▲allow }',
  ],
  ['a malformed duration', 'SP014', 'upstreams.orders.timeoutSeconds', '3000" }', '3000", timeoutSeconds: ▲30sec }'],
  ['a malformed size', 'SP014', 'events.maxBytes', 'mode: enforce', 'mode: enforce\nevents: { maxBytes: ▲5 GiB }'],
  ['a malformed rate', 'SP014', 'routes[0].limits[0].rate', '100/1m', '▲100 per minute'],
  ['a malformed quota', 'SP014', 'routes[0].limits[1].quota', '1000/1mo', '▲1000/2mo'],
  [
    'an upstream with a path',
    'SP014',
    'upstreams.orders.url',
    '"http://127.0.0.1:3000"',
    '▲"http://127.0.0.1:3000/api"',
  ],
  ['an upstream with another scheme', 'SP014', 'upstreams.orders.url', '"http://127.0.0.1:3000"', '▲"ftp://127.0.0.1"'],
  [
    'an upstream that URL parsers would mend',
    'SP014',
    'upstreams.orders.url',
    '"http://127.0.0.1:3000"',
    '▲"http:\\\\evil.example"',
  ],
  [
    'a bad address block',
    'SP014',
    'trustedProxies[1]',
    'mode: enforce',
    'mode: enforce\ntrustedProxies: [10.0.0.0/8, ▲10.0.0.0/33]',
  ],
  [
    'an address with a zero before a number',
    'SP014',
    'trustedProxies[0]',
    'mode: enforce',
    'mode: enforce\ntrustedProxies: [▲010.0.0.1]',
  ],
  ['a host with a scheme', 'SP014', 'routes[0].match.host', 'API.example.com', '▲"https://api.example.com"'],
  ['a host with the default port', 'SP014', 'routes[0].match.host', 'API.example.com', '▲"api.example.com:443"'],
  ['a path without a slash', 'SP014', 'routes[0].match.path', '"/orders/{orderId}"', '▲"orders/{orderId}"'],
  ['a method in lower case', 'SP014', 'routes[0].match.methods[0]', '[GET]', '[▲get]'],
  ['a method that is never forwarded', 'SP014', 'routes[0].match.methods[0]', '[GET]', '[▲TRACE]'],
  ['a scope with a space', 'SP014', 'routes[0].authorize.scopes[0]', '"orders:read"', '▲"orders read"'],
  ['a header with an underscore', 'SP014', 'authenticators.keys.header', 'X-Api-Key', '▲x_api_key'],
  ['a header that decides framing', 'SP014', 'authenticators.keys.header', 'X-Api-Key', '▲Content-Length'],
  ['a header of the gateway itself', 'SP014', 'authenticators.keys.header', 'X-Api-Key', '▲Sallyport-Consumer'],
  [
    'a listen address with a port',
    'SP014',
    'listen.host',
    'mode: enforce',
    'mode: enforce\nlisten: { host: "▲127.0.0.1:80" }'.replace('"▲', '▲"'),
  ],
  ['a key brand in upper case', 'SP014', 'apiKeys.brand', 'mode: enforce', 'mode: enforce\napiKeys: { brand: ▲Acme }'],
  ['a state that is unknown', 'SP014', 'state.url', 'mode: enforce', 'mode: enforce\nstate: { url: ▲"disk:" }'],
  ['rate and quota together', 'SP015', 'routes[0].limits[0].quota', 'burst: 20', 'quota: ▲1/1d'],
  ['burst with a quota', 'SP015', 'routes[0].limits[1].burst', '1000/1mo', '1000/1mo, burst: ▲5'],
  [
    'url and targets together',
    'SP015',
    'upstreams.orders.targets',
    '3000" }',
    '3000", targets: ▲["http://127.0.0.1:3001"] }',
  ],
  [
    'anyOf and allOf together',
    'SP015',
    'routes[0].authenticate',
    '{ anyOf: [keys] }',
    '▲{ anyOf: [keys], allOf: [keys] }',
  ],
  [
    'an upstream for unmatched calls that are denied',
    'SP015',
    'unmatchedUpstream',
    'mode: enforce',
    'mode: enforce\n▲unmatchedUpstream: orders',
  ],
  ['another version', 'SP017', 'version', 'version: 1', 'version: ▲2'],
  [
    'a name with a slash',
    'SP018',
    'upstreams["a/b"]',
    '  orders: {',
    '  ▲a/b: { url: "http://127.0.0.1:1" }\n  orders: {',
  ],
  [
    'a name of a built-in member',
    'SP018',
    'consumers.constructor',
    'routes:',
    'consumers: { ▲constructor: {} }\nroutes:',
  ],
  ['a route id with a space', 'SP018', 'routes[0].id', 'read-order', '▲read order'],
  ['a variable that is not set', 'SP020', 'upstreams.orders.url', 'http://127.0.0.1:3000', '${env:ORDERS_URL}'],
  ['a secret file that is missing', 'SP021', 'upstreams.orders.url', 'http://127.0.0.1:3000', '${file:orders.url}'],
  ['a reference to nothing', 'SP022', 'upstreams.orders.url', 'http://127.0.0.1:3000', '${ORDERS_URL}'],
  ['a reference that is not closed', 'SP022', 'upstreams.orders.url', 'http://127.0.0.1:3000', 'http://${env:A'],
  ['a reference where names stand', 'SP022', 'routes[0].upstream', 'upstream: orders', 'upstream: ▲${env:UPSTREAM}'],
  [
    'a missing certificate authority',
    'SP024',
    'upstreams.orders.ca',
    '"http://127.0.0.1:3000"',
    '"https://127.0.0.1:3000", ca: ▲ca.pem',
  ],
  ['an unknown upstream', 'SP030', 'routes[0].upstream', 'upstream: orders', 'upstream: ▲order'],
  [
    'an unknown upstream for unmatched calls',
    'SP030',
    'unmatchedUpstream',
    'mode: enforce',
    'mode: observe\nunmatched: forward\nunmatchedUpstream: ▲x',
  ],
  ['an unknown authenticator', 'SP031', 'routes[0].authenticate.anyOf[1]', '[keys]', '[keys, ▲key]'],
  [
    'a limit no call can pass',
    'SP046',
    'routes[0].limits[0]',
    '{ per: consumer, rate: 100/1m, burst: 20 }',
    '▲{ per: consumer, rate: 100/1m, burst: 20, cost: 21 }',
  ],
  [
    'a quota no call can pass',
    'SP046',
    'routes[0].limits[1]',
    '{ per: [consumer, route], quota: 1000/1mo }',
    '▲{ per: consumer, quota: 10/1d, cost: 11 }',
  ],
  [
    'every address as a trusted proxy',
    'SP050',
    'trustedProxies[0]',
    'mode: enforce',
    'mode: enforce\ntrustedProxies: [▲0.0.0.0/0]',
  ],
  [
    'every IPv6 address as a trusted proxy',
    'SP050',
    'trustedProxies[0]',
    'mode: enforce',
    'mode: enforce\ntrustedProxies: [▲"::/0"]',
  ],
  ['admin and listen on one port', 'SP054', 'admin.port', 'mode: enforce', 'mode: enforce\nadmin: { port: ▲8080 }'],
  [
    'an upstream that is the gateway',
    'SP055',
    'upstreams.orders',
    '{ url: "http://127.0.0.1:3000" }',
    '▲{ url: "http://localhost:8080" }',
  ],
  ['HTTP/2 without TLS', 'SP056', 'upstreams.orders.protocol', '3000" }', '3000", protocol: ▲h2 }'],
  ['a certificate authority without TLS', 'SP056', 'upstreams.orders.ca', '3000" }', '3000", ca: ▲ca.pem }'],
  [
    'forwarding unmatched calls while enforcing',
    'SP060',
    'unmatched',
    'mode: enforce',
    'mode: enforce\nunmatched: ▲forward',
  ],
  [
    'forwarding unmatched calls while a route enforces',
    'SP060',
    'unmatched',
    /mode: enforce([\s\S]*)upstream: orders/,
    'mode: observe\nunmatched: ▲forward$1upstream: orders\n    mode: enforce',
  ],
  [
    'forwarding unmatched calls while a stage enforces',
    'SP060',
    'unmatched',
    'mode: enforce',
    'mode: observe\nunmatched: ▲forward\nstages: { limit: enforce }',
  ],
  [
    'forwarding unmatched calls to one of several',
    'SP061',
    'unmatched',
    /mode: enforce\nupstreams:/,
    'mode: observe\nunmatched: ▲forward\nupstreams:\n  b: { url: "http://127.0.0.1:3001" }',
  ],
];

/** Keys and kinds that are reserved. */
const LATER: readonly (readonly [string, string, string])[] = [
  ['store.url', 'mode: enforce', 'mode: enforce\nstore: { url: ▲"postgres://db/sallyport" }'],
  ['state.url', 'mode: enforce', 'mode: enforce\nstate: { url: ▲"redis://cache" }'],
  ['decoys', 'mode: enforce', 'mode: enforce\n▲decoys: default'],
];

for (const [what, code, path, from, to] of REFUSALS) {
  test(`refused at its place: ${what}`, () => {
    const { text, place } = changed(from, to);
    assert.deepEqual(problemsOf(text), [`${code} ${place} ${path}`]);
    assert.equal(load(text).ok, false);
  });
}

for (const [path, from, to] of LATER) {
  test(`refused as not available yet: ${to.split('▲')[1]}`, () => {
    const { text, place } = changed(from, to);
    const result = load(text);
    assert.ok(!result.ok);
    const found = result.diagnostics.filter((problem) => problem.code === 'SP016');
    assert.deepEqual(
      found.map((problem) => `${problem.line}:${problem.column} ${problem.path}`),
      [`${place} ${path}`],
    );
    assert.match(found[0]?.message ?? '', /not available yet/);
  });
}

test('a name where a record is wanted is told both forms', () => {
  const { text } = changed('{ anyOf: [keys] }', '▲keys');
  const result = load(text);
  assert.ok(!result.ok);
  const [problem] = result.diagnostics;
  assert.equal(problem?.message, '"keys" is not "none"');
  assert.equal(problem?.fix, 'write "none", or a record with anyOf, allOf, none');
});

test('a path parameter that is called otherwise is told its name', () => {
  const { text } = changed('{ scopes: ["orders:read"] }', '{ when: ▲\'path.id == "7"\' }');
  const result = load(text);
  assert.ok(!result.ok);
  assert.match(result.diagnostics[0]?.fix ?? '', /the path of the route has path\.orderId/);
});

/** What an expression names that there is not, and what was meant. */
const MISTYPED: readonly (readonly [string, string])[] = [
  [`when: 'principl.subject == "a"'`, 'principal'],
  [`when: 'principal.subjct == "a"'`, 'principal.subject'],
  [`when: 'path.ordrId == "7"'`, 'path.orderId'],
  [`when: 'request.path.startWith("/a")'`, 'startsWith'],
  [`deny: [{ name: x, when: '"a" in consumer.group' }]`, 'consumer.groups'],
  [`owner: 'path.orderID in owned(principal, "a")'`, 'path.orderId'],
  [`owner: 'path.orderId in ownd(principal, "a")'`, 'owned'],
  [`fields: { response: { mask: a, unless: { when: '"a" in principal.rolls' } } }`, 'principal.roles'],
  [`rows: { at: "items[]", owner: 'rwo.owner == principal.subject' }`, 'row'],
];

for (const [asked, meant] of MISTYPED)
  test(`a mistyped name is told the right one: ${asked}`, () => {
    const result = load(changed('{ scopes: ["orders:read"] }', `▲{ ${asked} }`).text);
    assert.ok(!result.ok);
    assert.equal(
      result.diagnostics.find(({ code }) => code === 'SP101' || code === 'SP122')?.fix,
      `did you mean "${meant}"?`,
    );
  });

/** Where the change has no mark, the problem stands at the start of the value that was changed. */
function changed(from: string | RegExp, to: string): { readonly text: string; readonly place: string } {
  assert.notEqual(GOOD.replace(from, to), GOOD, 'the change must change something');
  // A function as replacement would lose $1; a mark before the quote is put where none is given.
  const replacement = to.includes('$1') ? to : to.replaceAll('$', '$$$$');
  const text = GOOD.replace(from, replacement);
  return text.includes('▲') ? marked(text) : marked(text.replace('url: "', 'url: ▲"'));
}
