import { stripVTControlCharacters, styleText } from 'node:util';
import type { CommandIo, ExitCode, TextSink } from './command.ts';

export const EXIT_OK: ExitCode = 0;
export const EXIT_FINDINGS: ExitCode = 1;
export const EXIT_USAGE: ExitCode = 2;
export const EXIT_FAULT: ExitCode = 3;

export type Colour = 'red' | 'yellow' | 'green' | 'cyan' | 'bold' | 'dim';

/** What is wrong, why it matters, and what to do about it. */
export interface Problem {
  readonly message: string;
  readonly why?: string;
  readonly fix?: string;
}

/** Whether colour may be written to a stream: a terminal, and neither NO_COLOR (no-color.org) nor TERM=dumb. */
export function colourAllowed(io: CommandIo, sink: TextSink): boolean {
  return sink.isTTY === true && !io.env['NO_COLOR'] && io.env['TERM'] !== 'dumb';
}

/** Colours text for a stream, or returns it as it is where colour is not allowed. */
export function paint(io: CommandIo, sink: TextSink, colour: Colour, text: string): string {
  return colourAllowed(io, sink) ? styleText(colour, text, { validateStream: false }) : text;
}

/** Writes the result to stdout: `data` in the versioned envelope with `--json`, else the text for people. */
export function printResult(
  io: CommandIo,
  data: Readonly<Record<string, unknown>>,
  human: string | (() => string),
): void {
  if (io.json) {
    io.stdout.write(`${JSON.stringify({ version: 1, ...data })}\n`);
    return;
  }
  const text = typeof human === 'string' ? human : human();
  if (text !== '') io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Writes a line about what is going on to stderr; silent with `--json`. */
export function printProgress(io: CommandIo, text: string): void {
  if (!io.json) io.stderr.write(`${text}\n`);
}

/** Writes a problem to stderr, as JSON with `--json`. */
export function printProblem(io: CommandIo, problem: Problem): void {
  if (io.json) {
    io.stderr.write(`${JSON.stringify({ version: 1, error: problem })}\n`);
    return;
  }
  io.stderr.write(`${paint(io, io.stderr, 'red', 'error:')} ${problem.message}\n`);
  if (problem.why !== undefined) io.stderr.write(`  why: ${problem.why}\n`);
  if (problem.fix !== undefined) io.stderr.write(`  fix: ${problem.fix}\n`);
}

/** Reports a mistake in how the command was called. */
export function usageProblem(io: CommandIo, message: string, fix?: string): ExitCode {
  printProblem(io, fix === undefined ? { message } : { message, fix });
  return EXIT_USAGE;
}

/** Reports something that failed while running. */
export function faultProblem(io: CommandIo, message: string, fix?: string): ExitCode {
  printProblem(io, fix === undefined ? { message } : { message, fix });
  return EXIT_FAULT;
}

/** Aligned columns with a header on a terminal; in a pipe tab-separated rows without one, so that `cut` and `awk` work. */
export function renderTable(io: CommandIo, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const safe = rows.map((row) => row.map(oneLine));
  if (io.stdout.isTTY !== true) return safe.map((row) => `${row.join('\t')}\n`).join('');
  const widths = header.map((title, column) => Math.max(title.length, ...safe.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const title = paint(io, io.stdout, 'dim', line(header.map((cell) => cell.toUpperCase())));
  return `${[title, ...safe.map(line)].join('\n')}\n`;
}

/** Recorded text may hold what a caller sent: escape sequences, line breaks and reordering marks must not reach the terminal. */
export function oneLine(cell: string): string {
  return stripVTControlCharacters(cell).replace(UNPRINTABLE, ' ');
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
