import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESYNC_VECTORS_PRESENT, desyncCases } from '../../test/harness/desync-vectors.ts';
import { compileCallPolicy, toCall } from './call.ts';

const policy = compileCallPolicy(
  {
    trustedProxies: [],
    listen: {
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      limits: {
        connectionsMax: 1,
        connectionsPerAddressMax: 1,
        callsInProgressMax: 1,
        headerBytesMax: 16_384,
        headerFieldsMax: 100,
        headersTimeoutSeconds: 1,
        requestTimeoutSeconds: 1,
        keepAliveTimeoutSeconds: 1,
        idleTimeoutSeconds: 1,
        drainSeconds: 1,
      },
    },
  },
  ['x-api-key'],
);

/**
 * Rows the corpus calls compliant that are refused on purpose. Transfer codings besides chunked get 501, as RFC 9112 §6.1
 * asks of a server that does not decode them: passing the body on without the coding's name would change it. The other
 * two have a target that RFC 3986 does not know: none at all, and one with a fragment and unencoded delimiters.
 */
const REFUSED_ON_PURPOSE = new Set([
  'Correct TE OK',
  'Transfer-Encoding: identity and chunked OK',
  'Multiple transfer encoding headers in a single request OK',
  'TE with custom parameters OK',
  'Different Transfer-Encoding headers',
  'Different Transfer-Encoding headers combined',
  'Transfer-Encoding with a param: chunked;custom_param',
  'Compliant URL',
  'Empty URI',
]);

/** Our own check alone, as if the parser in front had let everything through and trimmed values as RFC 9112 §5.1 asks. */
function refused(row: ReturnType<typeof desyncCases>[number]): boolean {
  const call = toCall(
    {
      method: row.method,
      target: bytesAsText(row.uri),
      httpVersion: row.version.replace('HTTP/', ''),
      rawHeaders: row.headers.flatMap(([name, value]) => [
        bytesAsText(name),
        bytesAsText(value).replace(/^[ \t]{1,100}|[ \t]{1,100}$/g, ''),
      ]),
      encrypted: false,
      remoteAddress: '127.0.0.1',
    },
    policy,
    'id',
  );
  return call.fault !== undefined || call.pathAmbiguities !== 0;
}

/** Parsers hand bytes over as Latin-1 text. */
function bytesAsText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

test('every severe request of the corpus is refused by our check alone', { skip: !DESYNC_VECTORS_PRESENT }, () => {
  const severe = desyncCases().filter(({ tier }) => tier === 'Severe');
  assert.ok(severe.length >= 50, 'the corpus holds severe rows');
  assert.deepEqual(
    severe.filter((row) => !refused(row)).map(({ file, name }) => `${file}: ${name}`),
    [],
  );
});

test('no compliant request of the corpus is refused, but for a written list', { skip: !DESYNC_VECTORS_PRESENT }, () => {
  const compliant = desyncCases().filter(({ tier }) => tier === 'Compliant');
  assert.ok(compliant.length >= 25, 'the corpus holds compliant rows');
  const wronged = compliant.filter((row) => refused(row) !== REFUSED_ON_PURPOSE.has(row.name));
  assert.deepEqual(
    wronged.map(({ file, name }) => `${file}: ${name}`),
    [],
  );
});
