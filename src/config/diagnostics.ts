import { DIAGNOSTICS, type DiagnosticCode } from './diagnostic-catalogue.ts';
import { holdsCredential, quoted } from './shown-text.ts';
import type { Position } from './source-tree.ts';

export type { DiagnosticCode } from './diagnostic-catalogue.ts';

/** Keys and indices from the root of the file to a value. */
export type SourcePath = readonly (string | number)[];

/** One problem of a configuration at one place. Never contains the value of a `${…}`. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  /** The file as it was named by whoever asked for it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `routes[2].match.path`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly why: string;
  readonly fix: string;
}

/** Makes a diagnostic from its catalogue entry; `fix` replaces the entry's own where the place suggests something better. */
export function diagnostic(
  code: DiagnosticCode,
  place: { readonly file: string; readonly position: Position; readonly path: SourcePath },
  message: string,
  fix?: string,
): Diagnostic {
  const entry = DIAGNOSTICS[code];
  return {
    code,
    severity: entry.severity,
    file: place.file,
    line: place.position.line,
    column: place.position.column,
    path: pathText(place.path),
    message,
    why: entry.why,
    fix: fix ?? entry.fix,
  };
}

/** Where the documentation speaks of a code. */
export function docsAnchor(code: DiagnosticCode): string {
  return `docs/configuration.md#${code.toLowerCase()}`;
}

/** Writes a path as it is shown: `routes[2].match.path`, with quotes around keys that need them. */
export function pathText(path: SourcePath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (holdsCredential(step)) text += '[…]';
    else if (PLAIN_KEY.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${quoted(step)}]`;
  }
  return text;
}

const PLAIN_KEY = /^[A-Za-z0-9_-]{1,64}$/;

export type Painter = (colour: 'red' | 'yellow' | 'bold' | 'dim', text: string) => string;

const PLAIN: Painter = (_colour, text) => text;

/** Renders one diagnostic for people, over four lines; `paint` adds colour where the stream takes it. */
export function renderDiagnostic(problem: Diagnostic, paint: Painter = PLAIN): string {
  const colour = problem.severity === 'error' ? 'red' : 'yellow';
  const place = `${problem.file}:${problem.line}:${problem.column}${problem.path === '' ? '' : ` ${problem.path}`}`;
  return [
    `${paint(colour, `${problem.severity}[${problem.code}]`)} ${paint('bold', place)}: ${problem.message}`,
    `  ${paint('dim', 'why:')} ${problem.why}`,
    `  ${paint('dim', 'fix:')} ${problem.fix}`,
    `  ${paint('dim', 'docs:')} ${docsAnchor(problem.code)}`,
    '',
  ].join('\n');
}

/** Orders by place, errors before warnings on one place. */
export function sortDiagnostics(problems: readonly Diagnostic[]): Diagnostic[] {
  return [...problems].sort(
    (left, right) =>
      left.line - right.line ||
      left.column - right.column ||
      (left.severity === right.severity ? 0 : left.severity === 'error' ? -1 : 1),
  );
}

/** The form of a diagnostic in `--json` output and in the admin API. */
export function diagnosticJson(problem: Diagnostic): Readonly<Record<string, unknown>> {
  return { ...problem, docs: docsAnchor(problem.code) };
}
