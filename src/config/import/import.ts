import type { ImportOptions, ImportResult, SourceFormat } from './imported.ts';
import { importKong } from './kong.ts';
import { readDocument } from './located-document.ts';
import { importNginx } from './nginx.ts';
import { type NginxInclude, readNginx } from './nginx-tokens.ts';
import { importOpenApi } from './openapi.ts';
import { memberOf } from './plain-data.ts';

/**
 * Makes a configuration of a foreign file: an OpenAPI document, a declarative Kong file, or an nginx configuration.
 * Reads nothing but the text and what `include` gives. Throws never.
 */
export function importSource(
  text: string,
  options: ImportOptions,
  include: NginxInclude,
): ImportResult & { readonly file?: string } {
  const named = formatByName(options.fileName);
  if (named !== 'nginx') {
    const read = readDocument(text);
    const format = read.ok ? formatOf(read.document.value) : undefined;
    if (read.ok && format === 'openapi') return importOpenApi(read.document, options);
    if (read.ok && format === 'kong') return importKong(read.document, options);
    if (named === 'document')
      return read.ok
        ? { ok: false, line: 1, problem: 'the file is neither an OpenAPI document nor a declarative Kong file' }
        : { ok: false, line: read.line, problem: read.problem };
  }
  const read = readNginx(text, options.fileName, include);
  return read.ok ? importNginx(read.directives, options) : read;
}

function formatByName(name: string): 'document' | 'nginx' | undefined {
  if (/\.(?:ya?ml|json)$/i.test(name)) return 'document';
  return /\.(?:conf|nginx)$/i.test(name) ? 'nginx' : undefined;
}

function formatOf(value: unknown): SourceFormat | undefined {
  if (memberOf(value, 'openapi') !== undefined || memberOf(value, 'swagger') !== undefined) return 'openapi';
  return memberOf(value, '_format_version') === undefined ? undefined : 'kong';
}
