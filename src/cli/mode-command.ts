import { didYouMean } from '../config/did-you-mean.ts';
import { type Mode, STAGE_IDS } from '../core/decision.ts';
import type { CallerCount, ReplayReport } from '../pipeline/replay.ts';
import type { ModeOverride } from '../ports.ts';
import { listIn, reportRefusal } from './admin-answer.ts';
import { type AdminClient, GATEWAY_OPTIONS, gatewayFlags, shellWord, withAdmin } from './admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  flagOption,
  stringOption,
} from './command.ts';
import { parseDuration } from './duration.ts';
import { EXIT_FINDINGS, EXIT_OK, oneLine, printProblem, printProgress, printResult, usageProblem } from './output.ts';

/** What the admin API looks through at most. */
const SINCE_MINUTES_MAX = 100_000;

/** `enforce` and `observe`: first what it would have done to recorded calls, then the change. */
export function modeCommand(mode: Mode): Command {
  return {
    name: mode,
    summary: mode === 'enforce' ? 'block what a route or stage denies' : 'only record what a route or stage denies',
    usage: [`${mode} '<route id | path template | stage>' [--since 60m] [--dry-run]`],
    options: {
      ...GATEWAY_OPTIONS,
      since: { type: 'string', valueName: 'DURATION', description: 'calls to replay; default 60m' },
      'dry-run': { type: 'boolean', description: 'show the replay and change nothing' },
    },
    examples: [`${mode} '/orders/*'`, `${mode} limit`, `${mode} '/orders/*' --since 7d --dry-run`],
    run: (args, io) => run(mode, args, io),
  };
}

function run(mode: Mode, args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [target = '', ...rest] = args.positionals;
  if (target === '' || rest.length > 0)
    return Promise.resolve(
      usageProblem(
        io,
        rest.length > 0
          ? `${mode} takes one route, path or stage at a time`
          : `name one route, path or stage to ${mode}`,
        `in quotes, as shells replace *: ./sallyport ${mode} '/orders/*'`,
      ),
    );
  const seconds = parseDuration(stringOption(args, 'since') ?? '60m') ?? 0;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1 || minutes > SINCE_MINUTES_MAX)
    return Promise.resolve(
      usageProblem(io, '--since is no duration from 1m to 69d', 'for instance 60m, 24h; events are kept for a while only'),
    );
  const scope = scopeOf(target);
  const dryRun = flagOption(args, 'dry-run');
  return withAdmin(
    args,
    io,
    async (client) => {
      if (scope === 'route') {
        const unknown = await unknownRoute(client, io, mode, target);
        if (unknown !== undefined) return unknown;
      }
      const replayed = await client.request('POST', '/api/v1/replay', { scope, target, sinceMinutes: minutes });
      if (replayed.status !== 200) return reportRefusal(io, replayed);
      const report = replayed.body as unknown as ReplayReport;
      if (!dryRun) {
        const set = await client.request('PUT', '/api/v1/modes', { scope, target, mode });
        if (set.status !== 200) return reportRefusal(io, set);
      }
      printResult(io, { scope, target, mode, changed: !dryRun, replay: report }, () => reportText(report, minutes));
      const back: Mode = mode === 'enforce' ? 'observe' : 'enforce';
      printProgress(
        io,
        dryRun
          ? '\nnothing was changed (--dry-run)'
          : `\n${scope} ${target} is set to ${mode}${client.offline ? ' from the next start on' : ''}. Take it back with:\n  ./sallyport ${back} ${quoted(target)}${gatewayFlags(args)}`,
      );
      return EXIT_OK;
    },
    { makesFolder: !dryRun },
  );
}

function scopeOf(target: string): ModeOverride['scope'] {
  if (target.startsWith('/')) return 'path';
  return STAGE_IDS.some((id) => id === target) ? 'stage' : 'route';
}

/** A mistyped stage is taken for a route, and a replay of a route nobody knows has no calls, which reads like good news. */
async function unknownRoute(
  client: AdminClient,
  io: CommandIo,
  mode: Mode,
  target: string,
): Promise<ExitCode | undefined> {
  const reply = await client.request('GET', '/api/v1/routes');
  if (reply.status !== 200) return reportRefusal(io, reply);
  const ids = listIn(reply, 'items').map(({ id }) => String(id));
  if (ids.includes(target)) return undefined;
  const meant = didYouMean(target, [...ids, ...STAGE_IDS]);
  printProblem(io, {
    message: `there is no route and no stage "${oneLine(target)}"`,
    why: `stages are ${STAGE_IDS.join(', ')}; paths begin with /`,
    fix:
      meant === undefined
        ? `name a route by its id as the configuration has it: ${oneLine(ids.slice(0, 10).join(', '))}`
        : `did you mean "./sallyport ${mode} ${quoted(meant)}"?`,
  });
  return EXIT_FINDINGS;
}

/** Stages and ids stand as they are, paths in quotes even where the shell would let them be: the next one has a star. */
function quoted(target: string): string {
  return target.startsWith('/') && !target.includes("'") ? `'${target}'` : shellWord(target);
}

function reportText(report: ReplayReport, minutes: number): string {
  const lines = [
    `would have denied ${report.wouldDeny} of ${report.calls} calls in the last ${durationText(minutes)}` +
      (report.denied > 0 ? `; ${report.denied} were denied already` : ''),
  ];
  for (const { reason, calls } of report.byReason) lines.push(`  ${String(calls).padStart(7)}  ${reason || 'no reason'}`);
  for (const caller of report.byConsumer) lines.push(callerText(`consumer ${caller.consumer}`, caller));
  for (const caller of report.byAddress) lines.push(callerText(`nobody identified, from ${caller.address}`, caller));
  if (report.incomplete) lines.push('  and others');
  return lines.map(oneLine).join('\n');
}

function callerText(who: string, { wouldDeny, calls }: CallerCount): string {
  return `  ${who}: ${wouldDeny} of ${calls}`;
}

function durationText(minutes: number): string {
  if (minutes === 60) return 'hour';
  if (minutes % 1_440 === 0) return minutes === 1_440 ? 'day' : `${minutes / 1_440} days`;
  if (minutes % 60 === 0) return `${minutes / 60} hours`;
  return minutes === 1 ? 'minute' : `${minutes} minutes`;
}
