import { wrongKind } from '../schema-reports.ts';
import { INVALID, type Schema } from '../schema-types.ts';
import { malformed, scalar, text } from '../schema-values.ts';
import type { SourceNode } from '../source-tree.ts';

/** Longest secret or key text. */
const SECRET_CHARACTERS_MAX = 32_768;

/** A secret: only by reference, so that it never stands in the file. */
export function secret(what: string): Schema<string> {
  const reference = scalar<string>({
    expected: `${what} by "\${env:NAME}" or "\${file:PATH}"`,
    jsonSchema: { type: 'string', pattern: '\\$\\{(env|file):[^}]+\\}' },
    interpolates: true,
    parse(value) {
      const read = String(value);
      return read.length <= SECRET_CHARACTERS_MAX ? { ok: true, value: read } : malformed('is too long');
    },
  });
  return {
    ...reference,
    read(node, path, context) {
      if (node.kind === 'scalar' && typeof node.value === 'string' && !hasReference(node.value)) {
        context.report('SP023', node.position, path, 'a secret stands in the file itself');
        return INVALID;
      }
      return reference.read(node, path, context);
    },
  };
}

/** `$${` stands for a plain `${` and refers to nothing. */
function hasReference(value: string): boolean {
  for (let at = value.indexOf('${'); at >= 0; at = value.indexOf('${', at + 2)) if (value[at - 1] !== '$') return true;
  return false;
}

/** A public key or certificate as PEM text, in the file or by reference. */
export function pemText(): Schema<string> {
  return scalar<string>({
    expected: 'PEM text, or "${file:PATH}"',
    jsonSchema: { type: 'string' },
    interpolates: true,
    parse(value) {
      if (typeof value !== 'string' || !value.includes('-----BEGIN '))
        return malformed('is no PEM text', 'write "${file:PATH}"');
      if (value.includes('PRIVATE KEY-----'))
        return malformed('is a private key', 'give the public key or certificate');
      return value.length <= SECRET_CHARACTERS_MAX ? { ok: true, value } : malformed('is too long');
    },
  });
}

/** Text without control characters. */
export function label(expected: string, charactersMax: number): Schema<string> {
  return text({
    expected,
    interpolates: true,
    parse(value) {
      if (value === '' || value.length > charactersMax)
        return malformed(`is empty or longer than ${charactersMax} characters`);
      for (let i = 0; i < value.length; i++) {
        const code = value.charCodeAt(i);
        if (code < 0x20 || code === 0x7f) return malformed('holds a control character');
      }
      return { ok: true, value };
    },
  });
}

/** A name that is put before others; may be empty. */
export function prefix(): Schema<string> {
  return text({
    expected: 'letters, digits and . _ : / - , or nothing',
    pattern: '^[A-Za-z0-9._:/-]{0,64}$',
    parse(value) {
      if (value.length > 64) return malformed('is longer than 64 characters');
      for (let i = 0; i < value.length; i++)
        if (!PREFIX_CHARACTERS.includes(value.charAt(i))) return malformed('holds another character');
      return { ok: true, value };
    },
  });
}

const PREFIX_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-';

/** An absolute URL of a server the gateway asks, without user information and fragment. */
export function serverUrl(expected: string): Schema<string> {
  return text({
    expected,
    interpolates: true,
    parse(value) {
      const url = URL.parse(value);
      if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
        return malformed('is not an https:// address');
      if (url.username !== '' || url.password !== '')
        return malformed('holds user information', 'remove user name and password');
      if (value.includes('#')) return malformed('holds a fragment');
      return { ok: true, value };
    },
  });
}

/** Any record of the file as plain data, such as a JSON Web Key. */
export function plainRecord(expected: string): Schema<Readonly<Record<string, unknown>>> {
  return {
    expected,
    jsonSchema: { type: 'object', additionalProperties: true },
    children: [],
    read(node, path, context) {
      if (node.kind !== 'record') return wrongKind(node, path, context, expected);
      return recordOf(node);
    },
  };
}

function recordOf(node: Extract<SourceNode, { kind: 'record' }>): Record<string, unknown> {
  const value = Object.create(null) as Record<string, unknown>;
  for (const entry of node.entries) value[entry.key] = plain(entry.value);
  return { ...value };
}

function plain(node: SourceNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plain);
    case 'record':
      return recordOf(node);
  }
}
