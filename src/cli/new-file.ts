import { writeFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { shellWord } from '../core/shell-word.ts';
import type { CommandIo, ExitCode } from './command.ts';
import { faultProblem, usageProblem } from './output.ts';

/** Writes a file that must not exist yet, unless told to replace it. The exit code where it could not. */
export function writeNewFile(file: string, text: string, replace: boolean, io: CommandIo): ExitCode | undefined {
  try {
    // `wx` fails on an existing file in one step with the writing, so that nothing is lost to a race.
    writeFileSync(resolve(io.cwd, file), text, { flag: replace ? 'w' : 'wx' });
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EEXIST') return faultProblem(io, `${file} cannot be written (${String(code)})`);
    return usageProblem(io, `${file} exists already`, 'add --force to replace it, or --output FILE to write another');
  }
}

/** What to do with a configuration that was written. */
export function nextWith(file: string): string {
  const word = shellWord(file);
  return `next: ./sallyport check ${word} && ./sallyport up --config ${word}`;
}

/** A file as a configuration in this folder names it. */
export function pathFrom(folder: string, file: string): string {
  const path = relative(folder, file).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}
