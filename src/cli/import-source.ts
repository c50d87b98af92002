import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { importSource } from '../config/import/import.ts';
import type { Imported } from '../config/import/imported.ts';
import { DOCUMENT_BYTES_MAX } from '../config/import/located-document.ts';
import type { NginxInclude } from '../config/import/nginx-tokens.ts';
import type { CommandIo, ExitCode } from './command.ts';
import { nextWith, pathFrom, writeNewFile } from './new-file.ts';
import { type Colour, EXIT_FINDINGS, EXIT_OK, oneLine, paint, printResult, usageProblem } from './output.ts';

export interface ImportRequest {
  readonly from: string;
  readonly upstreamUrl: string | undefined;
  readonly output: string;
  readonly force: boolean;
}

/**
 * Writes the configuration a foreign file becomes, and on stderr what could not be carried over. The file is written
 * also where protections are missing: it observes, and what they protected is closed in it. The exit code is 1 then.
 */
export function runImport(request: ImportRequest, io: CommandIo): ExitCode {
  const path = resolve(io.cwd, request.from);
  let text: string;
  try {
    if (statSync(path).size > DOCUMENT_BYTES_MAX) return usageProblem(io, `${request.from} is larger than 32 MiB`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return usageProblem(io, `${request.from} cannot be read (${String(code)})`);
  }
  const fileName = basename(path);
  const folder = request.output === '-' ? io.cwd : dirname(resolve(io.cwd, request.output));
  const documentPath = pathFrom(folder, path);
  const options = { fileName, documentPath, upstreamUrl: request.upstreamUrl };
  const result = importSource(text, options, includesBelow(dirname(path)));
  if (!result.ok) return usageProblem(io, `${result.file ?? request.from}:${result.line}: ${result.problem}`);
  const { imported } = result;
  const errors = imported.notes.filter((note) => note.severity === 'error').length;
  const code = errors > 0 ? EXIT_FINDINGS : EXIT_OK;
  if (request.output !== '-') {
    const refused = writeNewFile(request.output, imported.yaml, request.force, io);
    if (refused !== undefined) return refused;
  }
  if (!io.json) io.stderr.write(reportText(imported, fileName, io));
  const summary = {
    file: request.output,
    format: imported.format,
    operations: imported.operations,
    routes: imported.routes,
  };
  const listed = { variables: imported.variables, notes: imported.notes.map((note) => ({ file: fileName, ...note })) };
  const shown = request.output === '-' ? { text: imported.yaml } : {};
  printResult(io, { ...summary, ...shown, ...listed }, () =>
    request.output === '-'
      ? imported.yaml
      : `wrote ${request.output}: ${imported.routes} ${imported.routes === 1 ? 'route' : 'routes'} from ${imported.operations} of ${fileName}\n${nextWith(request.output)}\n`,
  );
  return code;
}

const COLOURS: Readonly<Record<string, Colour>> = { error: 'red', warning: 'yellow', note: 'dim' };

function reportText(imported: Imported, fileName: string, io: CommandIo): string {
  const lines = imported.notes.map(
    (note) =>
      `${paint(io, io.stderr, COLOURS[note.severity] ?? 'dim', note.severity)} ${oneLine(note.file ?? fileName)}:${note.line} ${oneLine(note.subject)}: ${note.message}\n`,
  );
  if (imported.variables.length > 0) lines.push(`set before use: ${imported.variables.join(', ')}\n`);
  return lines.join('');
}

/** Files below one folder, by a relative name whose last part may hold `*`. Never above the folder, and never by an absolute name. */
function includesBelow(folder: string): NginxInclude {
  return (pattern) => {
    if (pattern === '' || isAbsolute(pattern) || pattern.split('/').includes('..')) return undefined;
    const last = basename(pattern);
    const parent = join(folder, dirname(pattern));
    try {
      const names = last.includes('*')
        ? readdirSync(parent)
            .filter((name) => matchesStar(name, last))
            .sort()
        : [last];
      return names.map((name) => ({
        name: join(dirname(pattern), name),
        text: readFileSync(join(parent, name), 'utf8'),
      }));
    } catch {
      return undefined;
    }
  };
}

/** One `*` in a name; more of them match nothing. */
function matchesStar(name: string, pattern: string): boolean {
  const [before = '', after, more] = pattern.split('*');
  if (after === undefined || more !== undefined || name.startsWith('.')) return false;
  return name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
}
