import { REVOCATION_KINDS } from '../../core/credential.ts';
import { GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  flagOption,
  stringOption,
} from '../command.ts';
import { EXIT_OK, printResult, renderTable, usageProblem } from '../output.ts';
import { printWholeList } from '../paged-list.ts';

export const command: Command = {
  name: 'tokens',
  summary: 'revoke tokens of issuers',
  usage: [
    'tokens revoke --issuer URL (--jti ID | --sid ID | --sub NAME | --client ID | --kid ID) [--before TIME | --always]',
    'tokens restore --issuer URL (--jti ID | --sid ID | --sub NAME | --client ID | --kid ID)',
    'tokens revocations',
  ],
  verbs: [
    { name: 'revoke', summary: 'refuse tokens from now on, on every thread, cached ones too' },
    { name: 'restore', summary: 'take a revocation back' },
    { name: 'revocations', summary: 'everything that is revoked' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    issuer: { type: 'string', valueName: 'URL', description: 'iss of the tokens' },
    jti: { type: 'string', valueName: 'ID', description: 'one token' },
    sid: { type: 'string', valueName: 'ID', description: 'every token of a session' },
    sub: { type: 'string', valueName: 'NAME', description: 'tokens of a subject issued up to now' },
    client: { type: 'string', valueName: 'ID', description: 'tokens of a client issued up to now' },
    kid: { type: 'string', valueName: 'ID', description: 'every token under a signing key' },
    before: {
      type: 'string',
      valueName: 'TIME',
      description: 'tokens issued up to then, such as 2026-11-01T12:00:00Z',
    },
    always: { type: 'boolean', description: 'future tokens too' },
    reason: { type: 'string', valueName: 'TEXT', description: 'why, for the record' },
  },
  examples: [
    'tokens revoke --issuer https://id.example.com --sub alice --reason "laptop stolen"',
    'tokens revoke --issuer https://id.example.com --kid 2026-10',
  ],
  wordsMax: 1,
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb] = args.positionals;
  if (verb === 'revocations') return printWholeList(args, io, '/api/v1/revocations', (items) => rows(io, items));
  const issuer = stringOption(args, 'issuer');
  const named = REVOCATION_KINDS.filter((kind) => stringOption(args, kind) !== undefined);
  const [kind] = named;
  if (issuer === undefined) return Promise.resolve(usageProblem(io, 'name the issuer with --issuer'));
  if (kind === undefined || named.length > 1)
    return Promise.resolve(
      usageProblem(io, `give exactly one of ${REVOCATION_KINDS.map((one) => `--${one}`).join(', ')}`),
    );
  const target = { kind, issuer, value: stringOption(args, kind) ?? '' };
  if (verb === 'restore') return send(args, io, '/api/v1/revocations/restore', target, 200);
  const before = stringOption(args, 'before');
  const beforeMs = before === undefined ? undefined : Date.parse(before);
  if (beforeMs !== undefined && !Number.isFinite(beforeMs))
    return Promise.resolve(usageProblem(io, '--before is no time', 'write it as 2026-11-01T12:00:00Z'));
  if (before !== undefined && flagOption(args, 'always'))
    return Promise.resolve(usageProblem(io, '--before and --always exclude each other'));
  const reason = stringOption(args, 'reason');
  return send(
    args,
    io,
    '/api/v1/revocations',
    {
      ...target,
      ...(beforeMs === undefined ? {} : { beforeSeconds: Math.floor(beforeMs / 1000) }),
      ...(flagOption(args, 'always') ? { always: true } : {}),
      ...(reason === undefined ? {} : { reason }),
    },
    201,
  );
}

function send(args: CommandArguments, io: CommandIo, path: string, body: object, expected: number): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('POST', path, body);
    if (reply.status !== expected) return reportRefusal(io, reply);
    printResult(io, reply.body, () => rows(io, [reply.body]));
    return EXIT_OK;
  });
}

function rows(io: CommandIo, revocations: readonly Readonly<Record<string, unknown>>[]): string {
  return renderTable(
    io,
    ['issuer', 'what', 'value', 'tokens issued', 'reason'],
    revocations.map(({ issuer, kind, value, beforeSeconds, reason }) => [
      String(issuer),
      String(kind),
      String(value),
      issuedText(beforeSeconds),
      typeof reason === 'string' ? reason : '',
    ]),
  );
}

/** Absent in the answer to `restore`, where nothing is refused any more. */
function issuedText(beforeSeconds: unknown): string {
  if (typeof beforeSeconds !== 'number') return 'taken again';
  return beforeSeconds === 0xffff_ffff ? 'at any time' : `up to ${new Date(beforeSeconds * 1000).toISOString()}`;
}
