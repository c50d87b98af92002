import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { hashPassword } from '../../crypto/password-hash.ts';
import type { Command, CommandArguments, CommandIo, ExitCode } from '../command.ts';
import { EXIT_OK, printProgress, printResult, usageProblem } from '../output.ts';

export const command: Command = {
  name: 'passwords',
  summary: 'hash a password for the method basic',
  usage: ['passwords hash < FILE'],
  verbs: [{ name: 'hash', summary: 'read one line from standard input and print its hash' }],
  options: {},
  examples: ['passwords hash < password.txt'],
  run,
};

const SALT_BYTES = 16;
/** What a credential of RFC 7617 may hold here, with a user name of one character. */
const PASSWORD_BYTES_MAX = 510;

function run(_args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  return hashFrom(process.stdin, io);
}

/** Hashes the first line of a stream. The password is never an argument: those can be seen by every process. */
export async function hashFrom(input: Readable & { readonly isTTY?: boolean }, io: CommandIo): Promise<ExitCode> {
  if (input.isTTY === true) printProgress(io, 'type the password and press enter; it will be visible');
  // Clients send form C (RFC 8265 §4.2), whatever the file has.
  const password = (await firstLine(input)).normalize('NFC');
  if (password === '') return usageProblem(io, 'there is no password', 'write it to standard input, in one line');
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX)
    return usageProblem(io, `the password is longer than ${PASSWORD_BYTES_MAX} bytes`);
  if (hasControlCharacter(password)) return usageProblem(io, 'the password has a control character');
  const passwordHash = await hashPassword(password, randomBytes(SALT_BYTES));
  printResult(io, { passwordHash }, passwordHash);
  return EXIT_OK;
}

async function firstLine(input: Readable): Promise<string> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  return '';
}

/** Such a password could never be sent (RFC 7617 §2). */
function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return false;
}
