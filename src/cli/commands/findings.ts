import { FINDING_STATUSES } from '../../core/finding.ts';
import { type AdminReply, GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import { type Command, type CommandArguments, type CommandIo, type ExitCode, stringOption } from '../command.ts';
import { followUp } from '../follow-up.ts';
import { EXIT_FINDINGS, EXIT_OK, printResult, renderTable, usageProblem } from '../output.ts';

export const command: Command = {
  name: 'findings',
  summary: 'what was found',
  usage: [
    'findings list [--status open|resolved|expected|snoozed]',
    'findings show ID',
    'findings resolve|expected|snooze|reopen ID [--as TEXT]',
  ],
  verbs: [
    { name: 'list', summary: 'the newest first; ends with 1 where one is open' },
    { name: 'show', summary: 'one finding' },
    { name: 'resolve', summary: 'close one; it opens again when it happens again' },
    { name: 'expected', summary: 'say that it is as it should be; it stays closed' },
    { name: 'snooze', summary: 'put one away until it is worse' },
    { name: 'reopen', summary: 'open one again' },
  ],
  options: {
    ...GATEWAY_OPTIONS,
    status: {
      type: 'string',
      valueName: 'STATUS',
      description: 'open, resolved, expected or snoozed; all unless told',
    },
    as: { type: 'string', valueName: 'TEXT', description: 'what was done about it' },
  },
  examples: ['findings list --status open', 'findings resolve 3f9a1c0d2b7e4a55 --as "key revoked, page cleaned"'],
  run,
};

const LISTED_MAX = 200;

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb, id] = args.positionals;
  if (id !== undefined && ['list'].includes(verb ?? ''))
    return Promise.resolve(usageProblem(io, `${verb} takes no "${id}"`));
  const status = stringOption(args, 'status');
  if (status !== undefined && !FINDING_STATUSES.some((one) => one === status))
    return Promise.resolve(usageProblem(io, '--status is open, resolved, expected or snoozed'));
  if (verb === 'list') return list(args, io, status);
  if (id === undefined)
    return Promise.resolve(usageProblem(io, 'name the finding by its id', './sallyport findings list shows ids'));
  const path = `/api/v1/findings/${encodeURIComponent(id)}`;
  return withAdmin(args, io, async (client) => {
    const reply =
      verb === 'show'
        ? await client.request('GET', path)
        : await client.request('POST', `${path}/${verb}`, { note: stringOption(args, 'as') ?? '' });
    if (reply.status !== 200) return reportRefusal(io, reply);
    printResult(io, reply.body, () => findingText(args, reply.body));
    return EXIT_OK;
  });
}

function list(args: CommandArguments, io: CommandIo, status: string | undefined): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const query = new URLSearchParams({ limit: String(LISTED_MAX), ...(status === undefined ? {} : { status }) });
    const reply = await client.request('GET', `/api/v1/findings?${query}`);
    if (reply.status !== 200) return reportRefusal(io, reply);
    const items = reply.body['items'] as Readonly<Record<string, unknown>>[];
    printResult(io, { items }, () =>
      items.length === 0
        ? 'nothing was found'
        : renderTable(
            io,
            ['id', 'severity', 'status', 'count', 'last', 'what'],
            items.map((one) => [
              String(one['id']),
              String(one['severity']),
              String(one['status']),
              String(one['count']),
              timeText(one['lastMs']),
              String(one['title']),
            ]),
          ),
    );
    return items.some((one) => one['status'] === 'open') ? EXIT_FINDINGS : EXIT_OK;
  });
}

function findingText(args: CommandArguments, finding: AdminReply['body']): string {
  const calls = (finding['requestIds'] as string[]).map((id) => `  ${followUp(args, `explain ${id}`)}`);
  return [
    `${String(finding['title'])}`,
    `  ${String(finding['detector'])}, ${String(finding['severity'])}, certainty ${String(finding['certainty'])}, ${String(finding['status'])}`,
    `  ${String(finding['count'])} times from ${timeText(finding['firstMs'])} to ${timeText(finding['lastMs'])}`,
    ...(finding['resolution'] === '' ? [] : [`  ${String(finding['status'])}: ${String(finding['resolution'])}`]),
    ...(calls.length === 0 ? [] : ['', 'calls that show it:', ...calls]),
  ].join('\n');
}

function timeText(value: unknown): string {
  return typeof value === 'number' && value > 0 ? new Date(value).toISOString().replace(/\.\d+Z$/, 'Z') : '–';
}
