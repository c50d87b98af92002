import type { LeafWalk } from './walk.ts';

/**
 * Shows the string literals and comments of a GraphQL document (GraphQL §2.1). False where the text is none, lexically or
 * by its first word and its brackets; what was shown before the fault is shown again by who shows the whole.
 */
export function readGraphqlText(walk: LeafWalk, text: string): boolean {
  const start = skipIgnored(text, 0);
  if (!beginsDocument(text, start)) return false;
  // Once without showing anything, so that a text that is no document is shown once, as a whole.
  if (!lex(text, undefined)) return false;
  if (!walk.enterDecoder('graphql')) return false;
  lex(text, walk);
  walk.leaveDecoder();
  return true;
}

const OPERATIONS = ['query', 'mutation', 'subscription', 'fragment'] as const;

function beginsDocument(text: string, at: number): boolean {
  if (text.charCodeAt(at) === 0x7b) return true;
  return OPERATIONS.some((word) => text.startsWith(word, at) && !isName(text.charCodeAt(at + word.length)));
}

function lex(text: string, walk: LeafWalk | undefined): boolean {
  const open: number[] = [];
  let braces = 0;
  let inArguments = false;
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      if (!inArguments) return false;
      const end = stringEnd(text, i);
      if (end < 0) return false;
      if (walk !== undefined) walk.emit('graphql', false, literal(text, i, end));
      i = end;
    } else if (code === 0x23) {
      const end = lineEnd(text, i);
      if (walk !== undefined) walk.emit('graphql', false, text.slice(i + 1, end));
      i = end;
    } else if (isName(code) || isIgnored(code) || code === 0x2d) i++;
    else if (code === 0x2e) {
      // A spread, or the fraction of a number.
      if (text.startsWith('...', i)) i += 3;
      else if (isDigit(text.charCodeAt(i - 1)) && isDigit(text.charCodeAt(i + 1))) i++;
      else return false;
    } else if (code === 0x7b || code === 0x28 || code === 0x5b) {
      if (code === 0x28) {
        if (inArguments || !beginsArguments(text, i + 1)) return false;
        inArguments = true;
      } else if (code === 0x7b && text.charCodeAt(skipIgnored(text, i + 1)) === 0x7b) return false;
      open.push(code);
      if (code === 0x7b) braces++;
      i++;
    } else if (code === 0x7d || code === 0x29 || code === 0x5d) {
      const opened = open.pop();
      if (opened !== (code === 0x29 ? 0x28 : code - 2)) return false;
      if (code === 0x29) inArguments = false;
      i++;
    } else if (PUNCTUATORS.has(code) || (inArguments && ARGUMENT_PUNCTUATORS.has(code))) i++;
    else return false;
  }
  return open.length === 0 && braces > 0;
}

/** `: @` stand anywhere; `! $ =` and the sign of an exponent only among arguments and variables, `& |` in no document that is executed. */
const PUNCTUATORS: ReadonlySet<number> = new Set([0x3a, 0x40]);
const ARGUMENT_PUNCTUATORS: ReadonlySet<number> = new Set([0x21, 0x24, 0x3d, 0x2b]);

/** `name:` or `$name:`. What else stands in parentheses is a call of another language. */
function beginsArguments(text: string, from: number): boolean {
  let i = skipIgnored(text, from);
  if (text.charCodeAt(i) === 0x24) i++;
  const start = i;
  while (isName(text.charCodeAt(i))) i++;
  return i > start && text.charCodeAt(skipIgnored(text, i)) === 0x3a;
}

/** The place behind the string that begins at `from`, or −1. */
function stringEnd(text: string, from: number): number {
  if (text.startsWith('"""', from)) {
    let end = text.indexOf('"""', from + 3);
    while (end > 0 && text.charCodeAt(end - 1) === 0x5c) end = text.indexOf('"""', end + 3);
    return end < 0 ? -1 : end + 3;
  }
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code === 0x5c) i++;
    else if (code === 0x0a || code === 0x0d) return -1;
  }
  return -1;
}

function literal(text: string, from: number, end: number): string {
  if (text.startsWith('"""', from)) return text.slice(from + 3, end - 3);
  const raw = text.slice(from, end);
  if (!raw.includes('\\')) return raw.slice(1, -1);
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'string' ? value : raw;
  } catch {
    return raw;
  }
}

function skipIgnored(text: string, at: number): number {
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === 0x23) at = lineEnd(text, at);
    else if (isIgnored(code)) at++;
    else return at;
  }
}

function lineEnd(text: string, from: number): number {
  let i = from;
  while (i < text.length && text.charCodeAt(i) !== 0x0a && text.charCodeAt(i) !== 0x0d) i++;
  return i;
}

function isIgnored(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d || code === 0x2c || code === 0xfeff;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isName(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
}
