/**
 * Reads TypeScript source just far enough to know what is code and what is text, so that the architecture's rules
 * neither miss an import nor take one out of a comment or a string. No compiler API: TypeScript 7 has none.
 */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** True: gone once types are stripped, or loaded only when it is reached; either way no part of the order of loading. */
  readonly deferred: boolean;
}

const REGEX_AFTER_WORDS = new Set(['return', 'typeof', 'case', 'in', 'of', 'do', 'else', 'void', 'delete', 'throw']);

/** The source with comments and the contents of strings, templates and regular expressions turned into spaces. */
export function codeOnly(source: string): string {
  const out = [...source];
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to; i++) if (out[i] !== '\n') out[i] = ' ';
  };
  /** For every `${` that is open: how many braces inside it are. */
  const templates: number[] = [];
  let i = 0;
  const skipTemplate = (from: number): number => {
    let at = from;
    while (at < source.length && source[at] !== '`') {
      if (source[at] === '\\') at++;
      else if (source[at] === '$' && source[at + 1] === '{') {
        blank(from, at);
        templates.push(0);
        return at + 2;
      }
      at++;
    }
    blank(from, Math.min(at, source.length));
    return at + 1;
  };
  while (i < source.length) {
    const c = source[i];
    const next = source[i + 1];
    if (c === '/' && next === '/') {
      const end = endOf(source, '\n', i);
      blank(i, end);
      i = end;
    } else if (c === '/' && next === '*') {
      const end = Math.min(endOf(source, '*/', i + 2) + 2, source.length);
      blank(i, end);
      i = end;
    } else if (c === "'" || c === '"') {
      let end = i + 1;
      while (end < source.length && source[end] !== c && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1;
      blank(i + 1, Math.min(end, source.length));
      i = end + 1;
    } else if (c === '`') {
      i = skipTemplate(i + 1);
    } else if (c === '{' && templates.length > 0) {
      templates[templates.length - 1]!++;
      i++;
    } else if (c === '}' && templates.length > 0) {
      const closesTemplate = templates[templates.length - 1]!-- === 0;
      if (closesTemplate) templates.pop();
      i = closesTemplate ? skipTemplate(i + 1) : i + 1;
    } else if (c === '/' && regexMayStart(out, i)) {
      const end = endOfRegex(source, i);
      blank(i + 1, end - 1);
      i = end;
    } else i++;
  }
  return out.join('');
}

/**
 * Every module a source names: static imports and re-exports (types too), `import()` in code and in types, and
 * `new URL('./x.ts', import.meta.url)`, by which worker threads are started. A computed one is given as `?`.
 */
export function importsOf(source: string): Import[] {
  const code = codeOnly(source);
  const found: Import[] = [];
  const forms = [
    { pattern: /\bfrom\s*(?<quote>['"])/g, deferred: (at: number) => isTypeOnly(code, at) },
    { pattern: /(?<![.\w$])import\s*(?<quote>['"])/g, deferred: () => false },
    { pattern: /(?<![.\w$])import\s*\(\s*(?<quote>['"])?/g, deferred: () => true },
    { pattern: /\bnew\s+URL\s*\(\s*(?<quote>['"])(?=[^'"]*['"]\s*,\s*import\.meta\.url)/g, deferred: () => true },
  ];
  for (const { pattern, deferred } of forms) {
    for (const match of code.matchAll(pattern)) {
      const start = match.index + match[0].length;
      const quote = match.groups?.['quote'];
      const specifier = quote === undefined ? '?' : source.slice(start, code.indexOf(quote, start));
      if (match[0].startsWith('new') && !specifier.endsWith('.ts')) continue;
      if (specifier === '?' && isMethod(code, match.index, start)) continue;
      found.push({ specifier, line: lineAt(source, match.index), deferred: deferred(match.index) });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

/** Whether the import or export statement that reaches `at` begins with `import type` or `export type`. */
function isTypeOnly(code: string, at: number): boolean {
  const last = [...code.slice(0, at).matchAll(/(?<![.\w$])(?:import|export)(?![\w$])/g)].at(-1);
  return last !== undefined && /^(?:import|export)\s+type\s+[\w${*]/.test(code.slice(last.index, at));
}

/** Whether `import(` declares a method of that name: it begins a member, and a type or a body follows its parameters. */
function isMethod(code: string, at: number, parametersAt: number): boolean {
  if (!/(?:^|[{};,]|\basync)\s*$/.test(code.slice(0, at))) return false;
  let depth = 1;
  let end = parametersAt;
  for (; end < code.length && depth > 0; end++) {
    if (code[end] === '(') depth++;
    else if (code[end] === ')') depth--;
  }
  return /^\s*[:{]/.test(code.slice(end));
}

export function lineAt(source: string, index: number): number {
  let line = 1;
  for (let i = 0; i < index; i++) if (source[i] === '\n') line++;
  return line;
}

function endOf(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from);
  return at < 0 ? source.length : at;
}

/** A slash starts a regular expression where no value stands before it. */
function regexMayStart(out: readonly string[], at: number): boolean {
  let i = at - 1;
  while (i >= 0 && /\s/.test(out[i]!)) i--;
  if (i < 0) return true;
  if (!/[\w$)\]}'"`]/.test(out[i]!)) return true;
  let word = '';
  while (i >= 0 && /[\w$]/.test(out[i]!)) word = out[i--]! + word;
  return REGEX_AFTER_WORDS.has(word);
}

function endOfRegex(source: string, at: number): number {
  let inClass = false;
  for (let i = at + 1; i < source.length && source[i] !== '\n'; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '[') inClass = true;
    else if (source[i] === ']') inClass = false;
    else if (source[i] === '/' && !inClass) return i + 1;
  }
  return at + 1;
}
