import { spawn } from 'node:child_process';
import type { Severity } from '../core/finding.ts';
import { type FoundSecret, SecretScan } from './secret-scan.ts';

export interface FoundInHistory extends FoundSecret {
  /** Commit and file. */
  readonly file: string;
}

/** The repository may be a stranger's: nothing that its configuration names is run, and nothing it marks is left out. */
const GIT = [
  '--no-replace-objects',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.quotePath=false',
  'log',
  '--all',
  '--patch',
  '--diff-merges=dense-combined',
  '--text',
  '--no-textconv',
  '--no-ext-diff',
  '--no-show-signature',
  '--no-notes',
  '--no-color',
  '--no-renames',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--unified=0',
  '--format=commit %H',
];

/** Objects that are not there would be fetched by a program the repository names. */
const ENVIRONMENT = { GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1', GIT_OPTIONAL_LOCKS: '0' };

/** Looks through every line that was ever added, with the commit and file it was added in. Answers how git ended. */
export async function scanHistory(
  root: string,
  told: (found: FoundInHistory) => void,
  env: Readonly<Record<string, string | undefined>>,
  isWanted?: (severity: Severity) => boolean,
): Promise<number> {
  const git = spawn('git', ['-C', root, ...GIT], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...env, ...ENVIRONMENT },
  });
  const ended = new Promise<number>((done) => {
    git.on('error', () => done(1));
    git.on('close', (code) => done(code ?? 1));
  });
  const patches = new PatchReader(told, isWanted);
  for await (const piece of git.stdout as AsyncIterable<Buffer>) patches.add(piece);
  patches.end();
  return ended;
}

const NEWLINE = 0x0a;
const PLUS = 0x2b;
const DASH = 0x2d;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const HEADER_BYTES_MAX = 8_192;
/** No merge has more parents. */
const COLUMNS_MAX = 64;
const COMMIT_CHARACTERS = 12;

/**
 * Reads what `git log -p` prints, as bytes: what a file holds decides neither where a line ends nor what it is. Lines of any
 * length take the memory of a piece.
 */
class PatchReader {
  readonly #told: (found: FoundInHistory) => void;
  readonly #isWanted: ((severity: Severity) => boolean) | undefined;
  /** Of the present line, as far as it is not known what it is. */
  #head: Buffer = Buffer.alloc(0);
  /** What the rest of the present line is; undefined where that is not known yet. */
  #kind: 'added' | 'other' | undefined;
  #commit = '';
  #file = '';
  /** Signs before each line of the present hunk: one for each parent; 0 outside hunks. */
  #columns = 0;
  #line = 0;
  /** Lines that were added one after the other are looked at together: a private key has many. */
  #scan: SecretScan | undefined;

  constructor(told: (found: FoundInHistory) => void, isWanted: ((severity: Severity) => boolean) | undefined) {
    this.#told = told;
    this.#isWanted = isWanted;
  }

  add(piece: Buffer): void {
    for (let from = 0; from < piece.length; ) {
      const newline = piece.indexOf(NEWLINE, from);
      const to = newline < 0 ? piece.length : newline + 1;
      this.#part(piece.subarray(from, to), newline >= 0);
      from = to;
    }
  }

  end(): void {
    this.#endScan();
  }

  #part(part: Buffer, isLineEnd: boolean): void {
    if (this.#kind === 'added') this.#scan?.add(part);
    else if (this.#kind === undefined) {
      this.#head = this.#head.length === 0 ? part : Buffer.concat([this.#head, part]);
      const known = this.#head.length >= (this.#inHunk() ? COLUMNS_MAX : HEADER_BYTES_MAX);
      if (!isLineEnd && !known) return;
      this.#kind = this.#inHunk() ? this.#content(this.#head) : this.#header(this.#head.toString('utf8').trimEnd());
      this.#head = Buffer.alloc(0);
    }
    if (isLineEnd) this.#kind = undefined;
  }

  /** Only a line of a hunk begins with one of its signs: those between hunks begin with words. */
  #inHunk(): boolean {
    const first = this.#head[0];
    return this.#columns > 0 && (first === PLUS || first === DASH || first === SPACE || first === BACKSLASH);
  }

  #content(head: Buffer): 'added' | 'other' {
    const signs = head.subarray(0, this.#columns);
    if (signs[0] === BACKSLASH) return 'other';
    const isNew = signs.every((sign) => sign === PLUS);
    if (isNew) {
      this.#scan ??= this.#scanFrom(this.#line);
      this.#scan.add(head.subarray(this.#columns));
    } else this.#endScan();
    if (!signs.includes(DASH)) this.#line++;
    return isNew ? 'added' : 'other';
  }

  #header(text: string): 'other' {
    this.#endScan();
    const hunk = /^(@{2,65}) [^@+]{1,2000}\+(\d{1,9})/.exec(text);
    this.#columns = hunk === null ? 0 : (hunk[1] ?? '').length - 1;
    this.#line = Number(hunk?.[2] ?? 1);
    if (text.startsWith('commit ')) this.#commit = text.slice('commit '.length, 'commit '.length + COMMIT_CHARACTERS);
    else if (text.startsWith('+++ ')) this.#file = text.slice('+++ b/'.length);
    return 'other';
  }

  #scanFrom(first: number): SecretScan {
    const file = `${this.#commit}:${this.#file}`;
    return new SecretScan((one) => this.#told({ file, ...one, line: first + one.line - 1 }), this.#isWanted);
  }

  #endScan(): void {
    this.#scan?.end();
    this.#scan = undefined;
  }
}
