import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { CommandIo } from './command.ts';

/** A stream that may be a terminal. */
export type LineInput = Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };

const CHARACTERS_MAX = 4_096;

/** The first line of a stream; typed on a terminal it is not shown. Undefined where the person gave up. */
export async function hiddenLine(input: LineInput, io: CommandIo, prompt: string): Promise<string | undefined> {
  if (input.isTTY !== true || input.setRawMode === undefined) return firstLine(input);
  io.stderr.write(prompt);
  input.setRawMode(true);
  try {
    return await typedLine(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    io.stderr.write('\n');
  }
}

async function firstLine(input: Readable): Promise<string> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  return '';
}

function typedLine(input: LineInput): Promise<string | undefined> {
  return new Promise((resolve) => {
    const typed: string[] = [];
    const decoder = new TextDecoder();
    const end = (line: string | undefined): void => {
      input.off('data', take);
      input.off('end', gone);
      resolve(line);
    };
    const gone = (): void => end(undefined);
    const take = (bytes: Uint8Array): void => {
      for (const sign of decoder.decode(bytes, { stream: true })) {
        if (sign === '\r' || sign === '\n') {
          end(typed.join(''));
          return;
        }
        if (sign === '\u0003' || (sign === '\u0004' && typed.length === 0)) {
          end(undefined);
          return;
        }
        if (sign === '\u007f' || sign === '\b') typed.pop();
        else if (sign === '\u0015') typed.length = 0;
        else if (typed.length < CHARACTERS_MAX) typed.push(sign);
      }
    };
    input.on('data', take);
    input.on('end', gone);
  });
}
