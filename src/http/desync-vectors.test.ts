import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESYNC_VECTORS_PRESENT, desyncCases } from '../../test/harness/desync-vectors.ts';
import { toCall } from './call.ts';
import { policy } from './call-fixture.test.ts';

const skip = DESYNC_VECTORS_PRESENT ? false : 'the desync-guardian corpus is not beside the repository';

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

/**
 * Ambiguous rows that are forwarded: a body with GET or HEAD, clearly framed. It is framed anew for the upstream, so that
 * nobody behind has to guess (RFC 9110 §9.3.1 gives it no meaning, but does not forbid it).
 */
const FORWARDED_ON_PURPOSE = new Set([
  'Get with a body and Content-Length',
  'Get with a body and Transfer-Encoding',
  'Head with a body and Content-Length',
  'Head with a body and Transfer-Encoding',
  'Has a CL in GET',
  'Has a TE in GET',
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
      peer: undefined,
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

test('every severe request of the corpus is refused by our check alone', { skip }, () => {
  const severe = desyncCases().filter(({ tier }) => tier === 'Severe');
  assert.ok(severe.length >= 50, 'the corpus holds severe rows');
  assert.deepEqual(
    severe.filter((row) => !refused(row)).map(({ file, name }) => `${file}: ${name}`),
    [],
  );
});

test('no compliant request of the corpus is refused, but for a written list', { skip }, () => {
  const compliant = desyncCases().filter(({ tier }) => tier === 'Compliant');
  assert.ok(compliant.length >= 25, 'the corpus holds compliant rows');
  const wronged = compliant.filter((row) => refused(row) !== REFUSED_ON_PURPOSE.has(row.name));
  assert.deepEqual(
    wronged.map(({ file, name }) => `${file}: ${name}`),
    [],
  );
});

test('no ambiguous request of the corpus is forwarded, but for a written list', { skip }, () => {
  const ambiguous = desyncCases().filter(({ tier }) => tier === 'Ambiguous');
  assert.ok(ambiguous.length >= 50, 'the corpus holds ambiguous rows');
  const wronged = ambiguous.filter((row) => refused(row) === FORWARDED_ON_PURPOSE.has(row.name));
  assert.deepEqual(
    wronged.map(({ file, name }) => `${file}: ${name}`),
    [],
  );
});
