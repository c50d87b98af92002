import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { SAMPLES } from '../crypto/secrets/secret-fixture.test.ts';
import { type FoundInHistory, scanHistory } from './git-history.ts';

const base = mkdtempSync(join(tmpdir(), 'git-history-'));
const ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
let folder = '';

function git(...args: string[]): void {
  const as = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgSign=false'];
  execFileSync('git', ['-C', folder, ...as, ...args], { stdio: 'ignore', env: ENV });
}

function commit(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  git('add', '--all');
  git('commit', '-qm', name);
}

async function history(): Promise<string[]> {
  const all: FoundInHistory[] = [];
  assert.equal(await scanHistory(folder, (one) => all.push(one), ENV), 0);
  return all.map(({ file, line, kind }) => `${file.slice(13)}:${line} ${kind}`);
}

const secret = (): string => SAMPLES['gitlab-token']?.() ?? '';

describe('the history of a repository', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(base, 'r-'));
    git('init', '-q', '-b', 'main');
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  test('is searched in lines that look like those around them', async () => {
    commit('a.txt', `1\n++ /dev/null ${secret()}\n++ b/other\n@@ -1 +90 @@ ${secret()}\ncommit ${secret()}\n`);
    assert.deepEqual(await history(), ['a.txt:2 gitlab-token', 'a.txt:4 gitlab-token', 'a.txt:5 gitlab-token']);
  });

  test('is searched behind what only some take for the end of a line', async () => {
    commit('b.txt', `10 %\r100 % ${secret()}\n\u2028${secret()}\n`);
    assert.deepEqual(await history(), ['b.txt:1 gitlab-token', 'b.txt:2 gitlab-token']);
  });

  test('is searched in what is called binary, and is', async () => {
    writeFileSync(join(folder, '.gitattributes'), '* -diff\n');
    commit('c.txt', `${secret()}\n`);
    commit('d.bin', `\0\0 ${secret()}\n`);
    assert.deepEqual(await history(), ['d.bin:1 gitlab-token', 'c.txt:1 gitlab-token']);
  });

  test('is searched in what only a merge brought in, and tells what a branch did once', async () => {
    commit('e.txt', '1\n');
    git('switch', '-qc', 'branch');
    commit('f.txt', `${secret()}\n`);
    git('switch', '-q', 'main');
    commit('e.txt', '1\n2\n');
    git('merge', '-q', '--no-commit', '--no-ff', 'branch');
    commit('e.txt', `1\n2\n${secret()}\n`);
    assert.deepEqual((await history()).toSorted(), ['e.txt:3 gitlab-token', 'f.txt:1 gitlab-token']);
    git('switch', '-qc', 'left');
    commit('g.txt', 'left\n');
    git('switch', '-q', 'main');
    commit('g.txt', 'right\n');
    try {
      git('merge', '-q', 'left');
    } catch {
      // Both made the file: what follows resolves it.
    }
    commit('g.txt', `left\nright\n${secret()}\n`);
    assert.deepEqual((await history()).toSorted(), [
      'e.txt:3 gitlab-token',
      'f.txt:1 gitlab-token',
      'g.txt:3 gitlab-token',
    ]);
  });

  test('runs nothing that the repository names', async () => {
    const ran = join(folder, 'ran');
    const program = join(folder, '.git', 'program');
    writeFileSync(program, `#!/bin/sh\ntouch '${ran}'\ncat "$1"\n`);
    chmodSync(program, 0o755);
    const section = (name: string, field: string): string => `[${name}]\n  ${field} = ${program}\n`;
    appendFileSync(
      join(folder, '.git', 'config'),
      `${section('diff "x"', 'textconv')}${section('diff "x"', 'command')}${section('gpg', 'program')}${section('core', 'fsmonitor')}[log]\n  showSignature = true\n`,
    );
    writeFileSync(join(folder, '.gitattributes'), '* diff=x\n');
    commit('h.txt', `${secret()}\n`);
    rmSync(ran, { force: true });
    assert.deepEqual(await history(), ['h.txt:1 gitlab-token']);
    assert.equal(existsSync(ran), false);
  });

  test('of lines of megabytes is searched to their end', async () => {
    commit('i.txt', `${'a'.repeat(3_000_000)} ${secret()}\n`);
    assert.deepEqual(await history(), ['i.txt:1 gitlab-token']);
  });
});
