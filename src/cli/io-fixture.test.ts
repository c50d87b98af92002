import type { CommandIo } from './command.ts';

/** Surroundings that keep what is written to them. */
export class RecordedIo {
  out = '';
  err = '';
  readonly io: Omit<CommandIo, 'json'>;

  constructor(
    options: { readonly cwd?: string; readonly tty?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
  ) {
    const isTTY = options.tty ?? false;
    this.io = {
      stdout: { write: (text: string) => this.#add('out', text), isTTY },
      stderr: { write: (text: string) => this.#add('err', text), isTTY },
      env: options.env ?? {},
      cwd: options.cwd ?? '/',
    };
  }

  command(json = false): CommandIo {
    return { ...this.io, json };
  }

  #add(stream: 'out' | 'err', text: string): void {
    this[stream] += text;
  }
}
