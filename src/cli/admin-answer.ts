import type { CommandIo, ExitCode } from './command.ts';
import { EXIT_FAULT, EXIT_FINDINGS, EXIT_USAGE, oneLine, printProblem } from './output.ts';

export interface AdminReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Why the admin API cannot be used; the message is for the user. */
export class AdminUnreachable extends Error {
  readonly fix: string;
  readonly exitCode: ExitCode;

  constructor(message: string, fix: string, exitCode: ExitCode = EXIT_FAULT) {
    super(message);
    this.fix = fix;
    this.exitCode = exitCode;
  }
}

/** The JSON object of an answer. Throws AdminUnreachable where it is none: whatever answered is not the admin API. */
export function readReply(status: number, text: string, from: string): AdminReply {
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    body = undefined;
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new AdminUnreachable(
      `${from} answers ${status}, but not as an admin port of Sallyport`,
      'is this the address of its admin port, not of the port calls come in on?',
    );
  return { status, body: body as Record<string, unknown> };
}

/** A list of an answer. Throws AdminUnreachable where there is none. */
export function listIn({ body }: AdminReply, name: string): readonly Readonly<Record<string, unknown>>[] {
  const list = body[name];
  if (Array.isArray(list)) return list as Record<string, unknown>[];
  throw new AdminUnreachable(
    `the gateway's answer holds no ${name}`,
    'use the command line of the same release as the gateway',
  );
}

const OTHER_RELEASE = 'the gateway knows no such request: use the command line of the same release';

/** What to do about a refusal, by the code of the API. */
const FIXES: Readonly<Record<string, string>> = {
  unauthenticated: 'the token must be that of this gateway: the file admin-token in its data folder',
  throttled: 'wait a minute, then send the right token',
  origin: 'name the gateway by the address its admin port listens on',
  not_found: OTHER_RELEASE,
  method_unknown: OTHER_RELEASE,
  too_large: 'do it in several parts',
  key_unknown: './sallyport keys list shows the ids',
  key_already_rotated: 'rotate the key that replaces it, or revoke this one',
  key_revoked: './sallyport keys create makes a new one',
  key_exists: 'take it out of the file; nothing of the file was imported',
  key_not_stored: 'mend the store and give the command again',
  consumer_unknown: './sallyport consumers list shows the names',
  call_unknown: 'take the id from the field Sallyport-Request-Id of an answer',
  target_unknown: "name a route by its id, a path such as '/orders/*', or a stage",
  request_unreadable: 'write it as an .http file: GET /orders HTTP/1.1, then fields, an empty line, and the body',
};

/** Shows a refusal of the API: 1 where nothing is as asked for, 2 where the request is at fault, 3 where the gateway failed. */
export function reportRefusal(io: CommandIo, { status, body }: AdminReply): ExitCode {
  const { title, detail, pointer, code } = body;
  const why = [detail, typeof pointer === 'string' && pointer !== '' ? `(at ${pointer})` : undefined]
    .filter((part) => typeof part === 'string')
    .join(' ');
  const known = typeof code === 'string' && Object.hasOwn(FIXES, code) ? FIXES[code] : undefined;
  const fix = known ?? (status >= 500 ? 'the log of the gateway says more' : undefined);
  printProblem(io, {
    message: oneLine(typeof title === 'string' ? title : `the gateway answered ${status}`),
    ...(why === '' ? {} : { why: oneLine(why) }),
    ...(fix === undefined ? {} : { fix }),
  });
  if (status >= 500 || status === 429) return EXIT_FAULT;
  return status === 404 || status === 409 ? EXIT_FINDINGS : EXIT_USAGE;
}
