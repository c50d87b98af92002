import type { Interpolation } from './schema-types.ts';

/** What `${env:…}` and `${file:…}` are looked up in. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a whole file as text; throws where it cannot. */
  readonly readFile: (path: string) => string;
  readonly resolvePath: (path: string) => string;
  /** Is told of every secret file, so that a change of it can reload the configuration. */
  readonly used: (path: string) => void;
}

const RESOLVED_LENGTH_MAX = 64 * 1024;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;

/**
 * Resolves every `${env:NAME}` and `${file:PATH}` in a value; `$${` stands for `${`.
 * A missing or empty secret is refused by its name. Messages hold names, never values. What was resolved is not read again.
 */
export function interpolate(value: string, sources: SecretSources): Interpolation {
  let text = '';
  let resolved = false;
  let from = 0;
  for (;;) {
    const start = value.indexOf('${', from);
    if (start < 0) {
      text += value.slice(from);
      break;
    }
    if (start > from && value[start - 1] === '$') {
      text += `${value.slice(from, start - 1)}\${`;
      from = start + 2;
      continue;
    }
    const end = value.indexOf('}', start);
    if (end < 0) return { kind: 'refused', code: 'SP022', message: 'a ${ is not closed by }' };
    const part = lookUp(value.slice(start + 2, end), sources);
    if (part.kind === 'refused') return part;
    text += value.slice(from, start) + part.text;
    resolved = true;
    from = end + 1;
  }
  if (text.length > RESOLVED_LENGTH_MAX) {
    return { kind: 'refused', code: 'SP013', message: 'the value of ${…} is too long' };
  }
  return { kind: resolved ? 'resolved' : 'literal', text };
}

function lookUp(reference: string, sources: SecretSources): Interpolation {
  if (reference.startsWith('env:')) return lookUpVariable(reference.slice('env:'.length), sources);
  if (reference.startsWith('file:')) return lookUpFile(reference.slice('file:'.length), sources);
  return { kind: 'refused', code: 'SP022', message: 'a ${…} names neither env: nor file:' };
}

function lookUpVariable(name: string, sources: SecretSources): Interpolation {
  if (!VARIABLE.test(name))
    return { kind: 'refused', code: 'SP022', message: 'a ${env:…} holds no name of a variable' };
  const value = Object.hasOwn(sources.env, name) ? sources.env[name] : undefined;
  if (value !== undefined && value !== '') return { kind: 'resolved', text: value };
  const state = value === undefined ? 'not set' : 'empty';
  return {
    kind: 'refused',
    code: 'SP020',
    message: `the environment variable ${name} is ${state}`,
    fix: `set ${name} in the environment of the gateway`,
  };
}

function lookUpFile(path: string, sources: SecretSources): Interpolation {
  if (path === '' || path.includes('\0'))
    return { kind: 'refused', code: 'SP022', message: 'a ${file:…} holds no path' };
  const absolute = sources.resolvePath(path);
  let content: string;
  try {
    content = sources.readFile(absolute);
  } catch (error) {
    return {
      kind: 'refused',
      code: 'SP021',
      message: `the secret file ${JSON.stringify(path)} cannot be read${errorCode(error)}`,
    };
  }
  sources.used(absolute);
  // Editors and `echo` end a file with a line break that is not part of the secret.
  const secret = content.replace(/\r?\n$/, '');
  if (secret === '')
    return { kind: 'refused', code: 'SP021', message: `the secret file ${JSON.stringify(path)} is empty` };
  return { kind: 'resolved', text: secret };
}

/** The system's code for a failed read, such as ` (ENOENT)`. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? ` (${code})` : '';
}
