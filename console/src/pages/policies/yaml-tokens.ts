export type TokenKind = 'plain' | 'key' | 'text' | 'number' | 'word' | 'comment' | 'sign' | 'reference';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** Longer lines stay without colours: no one reads them, and they cost. */
const COLOURED_CHARACTERS_MAX = 2_000;
const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', '~', 'observe', 'enforce', 'none', 'deny']);

/** Which lines are inside a block of text (`|`, `>`), where nothing but text has a meaning. */
export function blockLines(lines: readonly string[]): Uint8Array {
  const inside = new Uint8Array(lines.length);
  /** Indentation of the line that began the block; −1: in none. */
  let block = -1;
  lines.forEach((line, index) => {
    const indentation = line.length - line.trimStart().length;
    const isBlank = indentation === line.length;
    if (block >= 0 && !isBlank && indentation <= block) block = -1;
    if (block >= 0) inside[index] = 1;
    else if (/[:-] +[|>][-+1-9]{0,2} *(?:#.*)?$/.test(line.slice(0, COLOURED_CHARACTERS_MAX))) block = indentation;
  });
  return inside;
}

/** The parts of a line of YAML that have a colour of their own; together they are the line. */
export function tokensOf(line: string, inBlock: boolean): readonly Token[] {
  if (line.length > COLOURED_CHARACTERS_MAX) return [{ kind: 'plain', text: line }];
  if (inBlock) return withReferences(line, 'text');
  const tokens: Token[] = [];
  let depth = 0;
  for (let at = 0; at < line.length; ) {
    const sign = line.charAt(at);
    const [kind, end] = next(line, at, depth);
    if (sign === '[' || sign === '{') depth++;
    else if (sign === ']' || sign === '}') depth--;
    const text = line.slice(at, end);
    tokens.push(...(kind === 'text' || kind === 'plain' ? withReferences(text, kind) : [{ kind, text }]));
    at = end;
  }
  return tokens;
}

function next(line: string, at: number, depth: number): readonly [TokenKind, number] {
  const sign = line.charAt(at);
  const isFirst = line.slice(0, at).trim() === '';
  if (sign === ' ') return ['plain', at + 1];
  if (sign === '#' && (at === 0 || line.charAt(at - 1) === ' ')) return ['comment', line.length];
  if ('[]{},:'.includes(sign)) return ['sign', at + 1];
  if (sign === '-' && (line.charAt(at + 1) === ' ' || at + 1 === line.length)) return ['sign', at + 1];
  if (sign === '"' || sign === "'") {
    const end = quotedEnd(line, at);
    return [isKeyEnd(line, end) ? 'key' : 'text', end];
  }
  if (isFirst && sign === '%') return ['comment', line.length];
  const end = plainEnd(line, at, depth);
  if (isKeyEnd(line, end)) return ['key', end];
  const text = line.slice(at, end).trimEnd();
  if (WORDS.has(text)) return ['word', end];
  return [/^[-+]?\d[\d._]*$/.test(text) ? 'number' : 'plain', end];
}

function isKeyEnd(line: string, end: number): boolean {
  return line.charAt(end) === ':' && (end + 1 === line.length || line.charAt(end + 1) === ' ');
}

function quotedEnd(line: string, start: number): number {
  const quote = line.charAt(start);
  for (let at = start + 1; at < line.length; at++) {
    if (quote === '"' && line.charAt(at) === '\\') at++;
    else if (line.charAt(at) === quote) return at + 1;
  }
  return line.length;
}

function plainEnd(line: string, start: number, depth: number): number {
  for (let at = start + 1; at < line.length; at++) {
    const sign = line.charAt(at);
    if (sign === '#' && line.charAt(at - 1) === ' ') return at;
    if (isKeyEnd(line, at)) return at;
    if (depth > 0 && '[]{},'.includes(sign) && line.charAt(at - 1) !== '$' && !isInReference(line, start, at))
      return at;
  }
  return line.length;
}

function isInReference(line: string, start: number, at: number): boolean {
  const text = line.slice(start, at);
  return text.lastIndexOf('${') > text.lastIndexOf('}');
}

/** `${env:NAME}` and `${file:NAME}` stand out: they are where secrets come from. */
function withReferences(text: string, kind: TokenKind): readonly Token[] {
  if (!text.includes('${')) return [{ kind, text }];
  return text
    .split(/(\$\{[^}]*\})/)
    .filter((part) => part !== '')
    .map((part) => ({ kind: part.startsWith('${') ? 'reference' : kind, text: part }));
}
