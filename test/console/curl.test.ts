import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { curlLine } from '../../console/src/state/curl.ts';
import { shellWord } from '../../src/core/shell-word.ts';

/** What a shell makes of a line: the words that curl gets. */
function wordsOf(line: string): readonly string[] {
  return execFileSync('sh', ['-c', `curl() { printf '%s\\n' "$@"; }; ${line}`], { encoding: 'utf8' })
    .split('\n')
    .slice(0, -1);
}

test('a line to paste is read by a shell as what it says, whatever path a caller or a document chose', () => {
  const plain = 'http://127.0.0.1:8080/orders/1?x=1';
  assert.equal(curlLine('http://127.0.0.1:8080/orders/1'), 'curl -i http://127.0.0.1:8080/orders/1');
  for (const url of [plain, "http://gateway/a$(echo ran)&echo;ran'`echo ran`", 'http://gateway/a|b>c*"$HOME"\\']) {
    const fields = [`x-api-key: it's $(echo ran)`];
    assert.deepEqual(wordsOf(curlLine(url, { fields })), ['-i', '-H', ...fields, url]);
    assert.deepEqual(wordsOf(curlLine(url, { method: 'POST' })), ['-i', '-X', 'POST', url]);
    assert.deepEqual(wordsOf(`curl ${shellWord(url)}`), [url]);
  }
});
