/** So many characters of a set, one after another. */
interface Run {
  /** By the code of a character: 1 where it is one of the set. */
  readonly set: Uint8Array;
  readonly min: number;
  readonly max: number;
}

const CODES = 128;
const LITERAL = /^[\w \-!"#%&',/:;<=>@`~]$/;
/** What may stand behind a backslash for itself. */
const ESCAPED = /^[\^$\\.*+?()[\]{}|/-]$/;
const QUANTIFIER = /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/;

/**
 * A matcher for patterns that are runs of ASCII characters from the beginning, such as `^[a-z0-9-]+$`: one pass, without a
 * choice. Undefined for every other pattern. The pattern has to be one that the engine of patterns takes.
 */
export function compilePlainPattern(pattern: string): ((text: string) => boolean) | undefined {
  if (!pattern.startsWith('^')) return undefined;
  const isWhole = pattern.endsWith('$');
  const runs = runsOf(pattern.slice(1, isWhole ? -1 : undefined));
  if (runs === undefined || !isWithoutChoice(runs)) return undefined;
  return (text) => {
    const { length } = text;
    let at = 0;
    for (const { set, min, max } of runs) {
      const from = at;
      const to = Math.min(length, from + max);
      while (at < to && set[text.charCodeAt(at)] === 1) at++;
      if (at - from < min) return false;
    }
    return !isWhole || at === length;
  };
}

/** Whether a character that a run could take can never be meant for what follows it. */
function isWithoutChoice(runs: readonly Run[]): boolean {
  return runs.every(({ set, min, max }, index) => {
    if (min === max) return true;
    for (const following of runs.slice(index + 1)) {
      if (set.some((isIn, code) => isIn === 1 && following.set[code] === 1)) return false;
      if (following.min > 0) return true;
    }
    return true;
  });
}

function runsOf(source: string): readonly Run[] | undefined {
  const runs: Run[] = [];
  for (let at = 0; at < source.length; ) {
    const read = source[at] === '[' ? readClass(source, at + 1) : readCharacter(source, at);
    if (read === undefined) return undefined;
    const times = readTimes(source, read.end);
    if (times === undefined) return undefined;
    runs.push({ set: read.set, min: times.min, max: times.max });
    at = times.end;
  }
  return runs;
}

interface ReadSet {
  readonly set: Uint8Array;
  readonly end: number;
}

function readCharacter(source: string, at: number): ReadSet | undefined {
  const character = source[at] ?? '';
  if (character !== '\\') return LITERAL.test(character) ? { set: setOf(character), end: at + 1 } : undefined;
  const escaped = source[at + 1] ?? '';
  if (escaped === 'd') return { set: setOf(DIGITS), end: at + 2 };
  if (escaped === 'w') return { set: setOf(WORD), end: at + 2 };
  return ESCAPED.test(escaped) ? { set: setOf(escaped), end: at + 2 } : undefined;
}

const DIGITS = '0123456789';
const WORD = `${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_`;

function setOf(characters: string): Uint8Array {
  const set = new Uint8Array(CODES);
  for (const octet of Buffer.from(characters)) set[octet] = 1;
  return set;
}

/** From behind the bracket that opens it. */
function readClass(source: string, from: number): ReadSet | undefined {
  const set = new Uint8Array(CODES);
  let at = from;
  while (source[at] !== ']') {
    const one = source[at] === '.' || source[at] === '+' ? { set: setOf(source[at] ?? ''), end: at + 1 } : undefined;
    const read = one ?? readCharacter(source, at);
    if (read === undefined) return undefined;
    const isRange = source[read.end] === '-' && source[read.end + 1] !== ']';
    if (!isRange) {
      for (const [code, isIn] of read.set.entries()) if (isIn === 1) set[code] = 1;
      at = read.end;
      continue;
    }
    const first = source.slice(at, read.end);
    const last = source[read.end + 1] ?? '';
    if (!/^[0-9A-Za-z]$/.test(first) || !/^[0-9A-Za-z]$/.test(last) || first > last) return undefined;
    set.fill(1, first.charCodeAt(0), last.charCodeAt(0) + 1);
    at = read.end + 2;
  }
  return at === from ? undefined : { set, end: at + 1 };
}

/** How often; undefined where it is not said plainly. A sign after that is no character, and so not plain either. */
function readTimes(source: string, at: number): { min: number; max: number; end: number } | undefined {
  switch (source[at]) {
    case '?':
      return { min: 0, max: 1, end: at + 1 };
    case '*':
      return { min: 0, max: Number.POSITIVE_INFINITY, end: at + 1 };
    case '+':
      return { min: 1, max: Number.POSITIVE_INFINITY, end: at + 1 };
    case '{': {
      const found = QUANTIFIER.exec(source.slice(at, at + 12));
      if (found === null) return undefined;
      const min = Number(found[1]);
      const max = found[2] === undefined ? min : found[3] === undefined ? Number.POSITIVE_INFINITY : Number(found[3]);
      return max < min ? undefined : { min, max, end: at + found[0].length };
    }
    default:
      return { min: 1, max: 1, end: at };
  }
}
