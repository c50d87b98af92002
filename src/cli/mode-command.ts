import { type Mode, STAGE_IDS } from '../core/decision.ts';
import type { ReplayReport } from '../pipeline/replay.ts';
import type { ModeOverride } from '../ports.ts';
import { GATEWAY_OPTIONS, reportRefusal, withAdmin } from './admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  flagOption,
  stringOption,
} from './command.ts';
import { parseDuration } from './duration.ts';
import { EXIT_OK, printProgress, printResult, usageProblem } from './output.ts';

/** `enforce` and `observe`: first what it would have done to recorded calls, then the change. */
export function modeCommand(mode: Mode): Command {
  return {
    name: mode,
    summary: mode === 'enforce' ? 'block what a route or stage denies' : 'only record what a route or stage denies',
    usage: [`${mode} '<route id | path template | stage | stage@route id>'`],
    wordsMax: 1,
    options: {
      ...GATEWAY_OPTIONS,
      since: { type: 'string', valueName: 'DURATION', description: 'calls to replay; default 60m' },
      'dry-run': { type: 'boolean', description: 'show the replay and change nothing' },
    },
    examples: [`${mode} '/orders/*'`, `${mode} limit`, `${mode} limit@orders`],
    run: (args, io) => run(mode, args, io),
  };
}

function run(mode: Mode, args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [target, ...rest] = args.positionals;
  if (target === undefined || rest.length > 0)
    return Promise.resolve(
      usageProblem(io, `name one route, path or stage to ${mode}`, `for instance: ./sallyport ${mode} '/orders/*'`),
    );
  const since = parseDuration(stringOption(args, 'since') ?? '60m');
  if (since === undefined || since < 60)
    return Promise.resolve(usageProblem(io, '--since is no duration of a minute or more', 'for instance 60m, 24h'));
  const scope = scopeOf(target);
  return withAdmin(args, io, async (client) => {
    const replayed = await client.request('POST', '/api/v1/replay', {
      scope,
      target,
      sinceMinutes: Math.floor(since / 60),
    });
    if (replayed.status !== 200) return reportRefusal(io, replayed);
    const report = replayed.body as unknown as ReplayReport;
    const dryRun = flagOption(args, 'dry-run');
    if (!dryRun) {
      const set = await client.request('PUT', '/api/v1/modes', { scope, target, mode });
      if (set.status !== 200) return reportRefusal(io, set);
    }
    printResult(io, { scope, target, mode, changed: !dryRun, replay: report }, () =>
      mode === 'enforce' ? enforcedText(report, since) : observedText(report, since),
    );
    const other: Mode = mode === 'enforce' ? 'observe' : 'enforce';
    printProgress(
      io,
      dryRun
        ? `\nnothing was changed (--dry-run)`
        : `\n${scope} ${target} is set to ${mode}${client.offline ? ' from the next start on' : ''}. Take it back with:\n  ./sallyport ${other} '${target}'`,
    );
    return EXIT_OK;
  });
}

function scopeOf(target: string): ModeOverride['scope'] {
  if (target.startsWith('/')) return 'path';
  if (STAGE_IDS.some((id) => id === target)) return 'stage';
  // A name of the file has no `@`, and a route that a mode for a path made begins with its path.
  return target.includes('@') ? 'route-stage' : 'route';
}

function enforcedText(report: ReplayReport, sinceSeconds: number): string {
  const lines = [
    `would have denied ${report.wouldDeny} of ${report.calls} calls in the last ${durationText(sinceSeconds)}` +
      (report.denied > 0 ? `; ${report.denied} were denied already` : ''),
  ];
  for (const { reason, calls } of report.byReason) lines.push(`  ${String(calls).padStart(7)}  ${reason}`);
  for (const { consumer, wouldDeny, calls } of report.byConsumer)
    lines.push(`  consumer ${consumer}: ${wouldDeny} of ${calls}`);
  for (const { address, wouldDeny, calls } of report.byAddress)
    lines.push(`  nobody identified, from ${address}: ${wouldDeny} of ${calls}`);
  if (report.incomplete) lines.push('  and others');
  return lines.join('\n');
}

/** What was denied tells what observing lets through; whom enforcing would have met is nobody's question here. */
function observedText({ calls, denied, wouldDeny }: ReplayReport, sinceSeconds: number): string {
  const open = wouldDeny > 0 ? `; ${wouldDeny} went through already that enforcing would have denied` : '';
  return `${denied} of ${calls} calls in the last ${durationText(sinceSeconds)} were denied; observed, they go through where nothing else denies them${open}`;
}

function durationText(seconds: number): string {
  if (seconds === 3_600) return 'hour';
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  return seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${Math.floor(seconds / 60)} min`;
}
