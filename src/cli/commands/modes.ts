import { GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import type { Command, CommandArguments, CommandIo, ExitCode } from '../command.ts';
import { followUp } from '../follow-up.ts';
import { scopeOf, unmatchedText } from '../mode-scope.ts';
import { EXIT_OK, printProgress, printResult, renderTable } from '../output.ts';
import { type VerbArguments, verbProblem } from '../verb-arguments.ts';

const VERBS: Readonly<Record<string, VerbArguments>> = {
  list: { options: [] },
  clear: { subject: 'route, path, stage or stage@route', options: [] },
};

export const command: Command = {
  name: 'modes',
  summary: 'what enforce and observe set, over what the configuration says',
  usage: ['modes list', "modes clear '<route id | path template | stage | stage@route id>'"],
  verbs: [
    { name: 'list', summary: 'every mode that was set, what is in force there, and what the configuration says' },
    { name: 'clear', summary: 'take one back: what the configuration says counts again' },
  ],
  options: GATEWAY_OPTIONS,
  examples: ['modes list', "modes clear '/orders/*'"],
  run,
};

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [verb = '', target = ''] = args.positionals;
  const problem = verbProblem(args, io, 'modes', VERBS[verb] ?? { options: [] });
  if (problem !== undefined) return Promise.resolve(problem);
  return verb === 'list' ? list(args, io) : clear(target, args, io);
}

function list(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('GET', '/api/v1/modes');
    if (reply.status !== 200) return reportRefusal(io, reply);
    const items = reply.body['items'] as readonly Readonly<Record<string, unknown>>[];
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    printResult(io, reply.body, () =>
      items.length === 0
        ? 'nothing is set by command: what the configuration says counts everywhere'
        : renderTable(
            io,
            ['of', '', 'set to', 'in force', 'configured'],
            items.map((one) => ['scope', 'target', 'mode', 'inForce', 'configured'].map((name) => text(one[name]))),
          ),
    );
    return EXIT_OK;
  });
}

function clear(target: string, args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const scope = scopeOf(target);
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('DELETE', `/api/v1/modes/${scope}/${encodeURIComponent(target)}`);
    if (reply.status !== 200) return reportRefusal(io, reply);
    const { mode, inForce, configured, unmatchedPass } = reply.body;
    const now =
      inForce === configured
        ? `${String(configured)}, as the configuration says`
        : `${String(inForce)}, by other modes that are set (${followUp(args, 'modes list')}); the configuration says ${String(configured)}`;
    printResult(
      io,
      reply.body,
      () => `cleared: ${String(mode)} is no longer set for ${scope} ${target}\nin force there now: ${now}`,
    );
    if (unmatchedPass === true) printProgress(io, unmatchedText(args));
    return EXIT_OK;
  });
}
