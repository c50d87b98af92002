import { isKeyLabel } from '../crypto/api-key-format.ts';
import { isName, NAME_PATTERN } from './schema-reports.ts';
import type { Schema } from './schema-types.ts';
import { malformed, type ScalarReading, text } from './schema-values.ts';

/** The path of a file; relative ones start from the configuration's folder. */
export function filePath(): Schema<string> {
  return text({
    expected: 'the path of a file',
    interpolates: true,
    parse: (value, context) =>
      value === '' || value.includes('\0')
        ? malformed('is not a path')
        : { ok: true, value: context.resolvePath(value) },
  });
}

/** `file:PATH` of the data folder, made absolute; databases by URL are reserved. */
export function storeUrl(): Schema<string> {
  return text({
    expected: 'file:PATH of the data folder',
    interpolates: true,
    parse(value, context) {
      if (/^postgres(?:ql)?:/i.test(value)) return laterScheme('a PostgreSQL store', 'file:./data');
      if (!value.startsWith('file:')) return malformed('is not file:PATH', 'write file:./data');
      const path = value.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
      if (path === '' || path.startsWith('//') || path.includes('\0'))
        return malformed('names no folder', 'write file:./data');
      return { ok: true, value: `file:${context.resolvePath(path)}` };
    },
  });
}

/** `memory:`; shared state by URL is reserved. */
export function stateUrl(): Schema<string> {
  return text({
    expected: 'memory:',
    interpolates: true,
    parse(value) {
      if (/^(?:rediss?|valkeys?):/i.test(value)) return laterScheme('state in Redis or Valkey', 'memory:');
      return value === 'memory:' ? { ok: true, value } : malformed('is not memory:', 'write memory:');
    },
  });
}

function laterScheme(what: string, instead: string): ScalarReading<string> {
  return { ok: false, code: 'SP016', error: `asks for ${what}, which is not available yet`, fix: `write ${instead}` };
}

/** A label of API keys: brand or environment. */
export function keyLabel(): Schema<string> {
  const expected = '2 to 10 lower-case letters and digits';
  return text({
    expected,
    pattern: '^[a-z0-9]{2,10}$',
    parse: (value) => (isKeyLabel(value) ? { ok: true, value } : malformed(`is not ${expected}`)),
  });
}

/** The name of an upstream, authenticator, route or group. */
export function name(what: string): Schema<string> {
  return text({
    expected: `the name of ${what}`,
    pattern: NAME_PATTERN,
    parse: (value) => (isName(value) ? { ok: true, value } : { ok: false, code: 'SP018', error: 'cannot be a name' }),
  });
}
