export interface NginxDirective {
  readonly name: string;
  readonly words: readonly string[];
  readonly line: number;
  readonly file: string;
  readonly block: readonly NginxDirective[] | undefined;
}

export type NginxReading =
  | { readonly ok: true; readonly directives: readonly NginxDirective[] }
  | { readonly ok: false; readonly line: number; readonly file: string; readonly problem: string };

/** Reads one file of a line of `include`; undefined where there is none. Relative names, below the folder of the first file. */
export type NginxInclude = (pattern: string) => readonly { readonly name: string; readonly text: string }[] | undefined;

const TOKENS_MAX = 500_000;
const DEPTH_MAX = 24;
const INCLUDES_MAX = 200;
const CHARACTERS_MAX = 8 * 1024 * 1024;

type Token = { readonly kind: 'word'; readonly text: string } | { readonly kind: '{' | '}' | ';' };

class Fault {
  readonly line: number;
  readonly file: string;
  readonly problem: string;

  constructor(line: number, file: string, problem: string) {
    this.line = line;
    this.file = file;
    this.problem = problem;
  }
}

/**
 * Reads an nginx configuration and what it includes, bounded. An `include` that leads nowhere stays as a directive of
 * its own. Does not check what directives mean.
 */
export function readNginx(text: string, file: string, include: NginxInclude): NginxReading {
  const reading = new Reading(include);
  const directives = reading.file(text, file, 0);
  return directives instanceof Fault ? { ok: false, ...directives } : { ok: true, directives };
}

class Reading {
  readonly #include: NginxInclude;
  #includes = 0;
  #tokens = 0;
  #characters = 0;

  constructor(include: NginxInclude) {
    this.#include = include;
  }

  file(text: string, file: string, depth: number): readonly NginxDirective[] | Fault {
    this.#characters += text.length;
    if (this.#characters > CHARACTERS_MAX) return new Fault(1, file, 'the files are larger than 8 MiB together');
    const lexer = new Lexer(text);
    const read = this.#block(lexer, file, depth, false);
    return read;
  }

  #block(lexer: Lexer, file: string, depth: number, nested: boolean): readonly NginxDirective[] | Fault {
    if (depth > DEPTH_MAX) return new Fault(lexer.line, file, `more than ${DEPTH_MAX} levels of blocks and includes`);
    const directives: NginxDirective[] = [];
    let words: string[] = [];
    let line = lexer.line;
    for (;;) {
      const token = lexer.next();
      if (typeof token === 'string') return new Fault(lexer.line, file, token);
      if (++this.#tokens > TOKENS_MAX) return new Fault(lexer.line, file, 'the files have too many words');
      if (token === undefined || token.kind === '}') {
        if (words.length > 0) return new Fault(line, file, 'a directive is not ended by ;');
        if ((token === undefined) === nested) return new Fault(lexer.line, file, 'a brace has no counterpart');
        return directives;
      }
      if (token.kind === 'word') {
        if (words.length === 0) line = lexer.tokenLine;
        words.push(token.text);
        continue;
      }
      const [name, ...rest] = words;
      if (name === undefined) return new Fault(lexer.line, file, 'a directive has no name');
      words = [];
      let block: readonly NginxDirective[] | undefined;
      if (token.kind === '{') {
        if (name.endsWith('_by_lua_block')) {
          if (!lexer.skipBlock()) return new Fault(line, file, 'a brace has no counterpart');
          block = [];
        } else {
          const read = this.#block(lexer, file, depth + 1, true);
          if (read instanceof Fault) return read;
          block = read;
        }
      }
      const directive = { name, words: rest, line, file, block };
      const included = name === 'include' ? this.#included(directive, depth) : undefined;
      if (included instanceof Fault) return included;
      for (const one of included ?? [directive]) directives.push(one);
    }
  }

  #included(directive: NginxDirective, depth: number): readonly NginxDirective[] | Fault | undefined {
    const files = this.#include(directive.words[0] ?? '');
    if (files === undefined) return undefined;
    const all: NginxDirective[] = [];
    for (const { name, text } of files) {
      if (++this.#includes > INCLUDES_MAX)
        return new Fault(directive.line, directive.file, `more than ${INCLUDES_MAX} files are included`);
      const read = this.file(text, name, depth + 1);
      if (read instanceof Fault) return read;
      for (const one of read) all.push(one);
    }
    return all;
  }
}

class Lexer {
  line = 1;
  tokenLine = 1;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  /** The next token, undefined at the end, or what is wrong. */
  next(): Token | string | undefined {
    const text = this.#text;
    for (;;) {
      const character = text.charAt(this.#at);
      if (character === '') return undefined;
      if (character === '\n') this.line++;
      else if (character === '#') {
        const end = text.indexOf('\n', this.#at);
        this.#at = end < 0 ? text.length : end;
        continue;
      } else if (!SPACE.includes(character)) break;
      this.#at++;
    }
    this.tokenLine = this.line;
    const first = text.charAt(this.#at);
    if (first === '{' || first === '}' || first === ';') {
      this.#at++;
      return { kind: first };
    }
    return first === '"' || first === "'" ? this.#quoted(first) : this.#bare();
  }

  /** Passes over a block in another language, whose braces are balanced. */
  skipBlock(): boolean {
    let depth = 1;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (character === '\n') this.line++;
      else if (character === '{') depth++;
      else if (character === '}' && --depth === 0) {
        this.#at++;
        return true;
      }
    }
    return false;
  }

  #quoted(quote: string): Token | string {
    const parts: string[] = [];
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (character === quote) {
        this.#at++;
        return { kind: 'word', text: parts.join('') };
      }
      if (character === '\n') this.line++;
      if (character === '\\' && this.#at + 1 < this.#text.length) parts.push(this.#escaped());
      else parts.push(character);
    }
    return 'a quote is not closed';
  }

  #bare(): Token {
    const parts: string[] = [];
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text.charAt(this.#at);
      if (character === '\\' && this.#at + 1 < this.#text.length) {
        parts.push(this.#escaped());
        continue;
      }
      if (character === '$' && this.#text.charAt(this.#at + 1) === '{') {
        const end = this.#text.indexOf('}', this.#at);
        if (end > 0 && end - this.#at < 100) {
          parts.push(this.#text.slice(this.#at, end + 1));
          this.#at = end;
          continue;
        }
      }
      if (
        character === '{' ||
        character === '}' ||
        character === ';' ||
        character === '\n' ||
        SPACE.includes(character)
      )
        break;
      parts.push(character);
    }
    return { kind: 'word', text: parts.join('') };
  }

  /** nginx takes the backslash off before quotes, blanks and itself; before anything else it stays, for patterns. */
  #escaped(): string {
    const next = this.#text.charAt(++this.#at);
    if (next === '\n') this.line++;
    if (next === 't') return '\t';
    if (next === 'n') return '\n';
    if (next === 'r') return '\r';
    return next === '"' || next === "'" || next === '\\' || next === ' ' ? next : `\\${next}`;
  }
}

const SPACE = ' \t\r';
