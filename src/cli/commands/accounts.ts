import { type AdminClient, type AdminReply, GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  flagOption,
  stringOption,
} from '../command.ts';
import { hiddenLine } from '../hidden-line.ts';
import { EXIT_OK, printProgress, printResult, renderTable, usageProblem } from '../output.ts';

export const command: Command = {
  name: 'accounts',
  summary: 'people who sign in at the authorization server',
  usage: [
    'accounts add NAME [--display-name TEXT] [--email ADDRESS] [--role ROLE] [--invite] [--issuer URL --subject SUB]',
    'accounts list',
    'accounts show|disable|enable|remove NAME',
    'accounts grant NAME --role viewer|operator|administrator|none',
    'accounts link NAME --issuer URL --subject SUB',
    'accounts reset-password NAME [--invite]',
    'accounts passkeys NAME [--remove ID]',
  ],
  verbs: [
    { name: 'add', summary: 'make an account; the password is read from standard input and not shown' },
    { name: 'list', summary: 'every account' },
    { name: 'show', summary: 'one account' },
    { name: 'disable', summary: 'nobody signs in as it any more' },
    { name: 'enable', summary: 'take that back' },
    { name: 'remove', summary: 'remove an account with its passkeys' },
    { name: 'grant', summary: 'say what the account may do at the admin port' },
    { name: 'link', summary: 'say who the account is at another issuer' },
    { name: 'reset-password', summary: 'set another password, or with --invite take all away and print a link' },
    { name: 'passkeys', summary: 'passkeys of an account, or remove one' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    'display-name': { type: 'string', valueName: 'TEXT', description: 'name that people see' },
    email: { type: 'string', valueName: 'ADDRESS', description: 'e-mail address; never identifies anybody' },
    invite: { type: 'boolean', description: 'print a link to set a password or passkey; works once, for a day' },
    role: {
      type: 'string',
      valueName: 'ROLE',
      description: 'viewer, operator, administrator, or none at the admin port',
    },
    issuer: { type: 'string', valueName: 'URL', description: 'issuer the person signs in at' },
    subject: { type: 'string', valueName: 'SUB', description: 'who the person is there (sub)' },
    remove: { type: 'string', valueName: 'ID', description: 'passkey to remove' },
  },
  examples: ['accounts add alice --invite', 'accounts add bob < password.txt', 'accounts disable alice'],
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb, name] = args.positionals;
  if (name !== undefined && ['list'].includes(verb ?? ''))
    return Promise.resolve(usageProblem(io, `${verb} takes no "${name}"`));
  if (verb === 'list') return list(args, io);
  if (name === undefined)
    return Promise.resolve(usageProblem(io, 'name the account', './sallyport accounts list shows them'));
  const path = `/api/v1/accounts/${encodeURIComponent(name)}`;
  switch (verb) {
    case 'add':
      return add(args, io, name);
    case 'show':
      return simple(args, io, 'GET', path);
    case 'disable':
      return simple(args, io, 'PUT', path, { disabled: true });
    case 'enable':
      return simple(args, io, 'PUT', path, { disabled: false });
    case 'remove':
      return withAdmin(args, io, async (client) =>
        reported(io, await client.request('DELETE', path), () => `account ${name} is removed`),
      );
    case 'grant':
      return grant(args, io, path);
    case 'link':
      return link(args, io, path);
    case 'reset-password':
      return resetPassword(args, io, path);
    default:
      return passkeys(args, io, path);
  }
}

async function add(args: CommandArguments, io: CommandIo, name: string): Promise<ExitCode> {
  const upstream = upstreamOf(args);
  if (upstream === 'half') return usageProblem(io, '--issuer and --subject belong together');
  const invite = flagOption(args, 'invite');
  const password = invite || upstream !== undefined ? undefined : await readPassword(io);
  if (password === '') return noPassword(io);
  const displayName = stringOption(args, 'display-name');
  const email = stringOption(args, 'email');
  const role = stringOption(args, 'role');
  return withAdmin(args, io, async (client) =>
    reported(
      io,
      await client.request('POST', '/api/v1/accounts', {
        name,
        ...(displayName === undefined ? {} : { displayName }),
        ...(email === undefined ? {} : { email }),
        ...(role === undefined ? {} : { role }),
        ...(password === undefined ? {} : { password }),
        ...(upstream === undefined ? {} : { upstream }),
        ...(invite ? { invite } : {}),
      }),
      (body) => (invite ? inviteText(io, body) : rows(io, [body])),
    ),
  );
}

async function grant(args: CommandArguments, io: CommandIo, path: string): Promise<ExitCode> {
  const role = stringOption(args, 'role');
  if (role === undefined) return usageProblem(io, 'give --role', 'viewer, operator, administrator, or none');
  return simple(args, io, 'PUT', path, { role });
}

async function link(args: CommandArguments, io: CommandIo, path: string): Promise<ExitCode> {
  const upstream = upstreamOf(args);
  if (upstream === undefined || upstream === 'half') return usageProblem(io, 'give --issuer and --subject');
  return simple(args, io, 'PUT', path, { upstream });
}

async function resetPassword(args: CommandArguments, io: CommandIo, path: string): Promise<ExitCode> {
  if (flagOption(args, 'invite'))
    return withAdmin(args, io, async (client) =>
      reported(io, await client.request('POST', `${path}/reset`), (body) => inviteText(io, body)),
    );
  const password = await readPassword(io);
  return password === '' ? noPassword(io) : simple(args, io, 'POST', `${path}/password`, { password });
}

function passkeys(args: CommandArguments, io: CommandIo, path: string): Promise<ExitCode> {
  const id = stringOption(args, 'remove');
  return withAdmin(args, io, async (client) => {
    if (id !== undefined)
      return reported(
        io,
        await client.request('DELETE', `${path}/passkeys/${encodeURIComponent(id)}`),
        () => `passkey ${id} is removed`,
      );
    return reported(io, await client.request('GET', `${path}/passkeys`), ({ items }) =>
      renderTable(
        io,
        ['id', 'created', 'last used', 'synced'],
        (items as Readonly<Record<string, unknown>>[]).map((one) => [
          String(one['id']),
          timeText(one['createdAtMs']),
          timeText(one['lastUsedAtMs']),
          one['backedUp'] === true ? 'yes' : 'no',
        ]),
      ),
    );
  });
}

function list(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const found = await everyAccount(client);
    if (!Array.isArray(found)) return reportRefusal(io, found);
    printResult(io, { items: found }, () => rows(io, found));
    return EXIT_OK;
  });
}

async function everyAccount(client: AdminClient): Promise<Readonly<Record<string, unknown>>[] | AdminReply> {
  const items: Readonly<Record<string, unknown>>[] = [];
  for (let cursor = ''; ; ) {
    const query = new URLSearchParams({ limit: '500', ...(cursor === '' ? {} : { cursor }) });
    const reply = await client.request('GET', `/api/v1/accounts?${query}`);
    if (reply.status !== 200) return reply;
    items.push(...(reply.body['items'] as Readonly<Record<string, unknown>>[]));
    if (typeof reply.body['next'] !== 'string') return items;
    cursor = reply.body['next'];
  }
}

function simple(args: CommandArguments, io: CommandIo, method: string, path: string, body?: object): Promise<ExitCode> {
  return withAdmin(args, io, async (client) =>
    reported(io, await client.request(method, path, body), (account) => rows(io, [account])),
  );
}

function reported(io: CommandIo, reply: AdminReply, text: (body: AdminReply['body']) => string): ExitCode {
  if (reply.status >= 300) return reportRefusal(io, reply);
  printResult(io, reply.body, () => text(reply.body));
  return EXIT_OK;
}

/** Empty where there is none, or the person gave up. */
async function readPassword(io: CommandIo): Promise<string> {
  return (await hiddenLine(process.stdin, io, 'password: ')) ?? '';
}

function noPassword(io: CommandIo): ExitCode {
  return usageProblem(io, 'there is no password', 'write it to standard input, in one line, or use --invite');
}

function upstreamOf(args: CommandArguments): { issuer: string; subject: string } | 'half' | undefined {
  const issuer = stringOption(args, 'issuer');
  const subject = stringOption(args, 'subject');
  if (issuer === undefined && subject === undefined) return undefined;
  return issuer === undefined || subject === undefined ? 'half' : { issuer, subject };
}

function inviteText(io: CommandIo, body: AdminReply['body']): string {
  const invite = body['invite'] as Readonly<Record<string, unknown>>;
  printProgress(
    io,
    `works once, until ${timeText(invite['expiresAtMs'])}; whoever has it becomes ${String(body['name'])}:`,
  );
  if (invite['url'] === undefined) printProgress(io, 'put the address of your issuer before it:');
  return String(invite['url'] ?? invite['path']);
}

function rows(io: CommandIo, accounts: readonly Readonly<Record<string, unknown>>[]): string {
  return renderTable(
    io,
    ['name', 'id', 'shown as', 'password', 'upstream', 'state', 'role'],
    accounts.map((one) => [
      String(one['name']),
      String(one['id']),
      String(one['displayName']),
      one['hasPassword'] === true ? 'yes' : 'no',
      String((one['upstream'] as { issuer?: string } | undefined)?.issuer ?? ''),
      one['disabled'] === true ? 'disabled' : 'enabled',
      String(one['role']),
    ]),
  );
}

function timeText(value: unknown): string {
  return typeof value === 'number' && value > 0 ? new Date(value).toISOString().replace(/\.\d+Z$/, 'Z') : '–';
}
