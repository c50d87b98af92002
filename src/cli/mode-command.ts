import type { Mode } from '../core/decision.ts';
import { parseRouteStage } from '../core/route-stage.ts';
import { shellWord } from '../core/shell-word.ts';
import type { Comparison } from '../pipeline/comparison.ts';
import type { ReplayReport } from '../pipeline/replay.ts';
import type { ModeOverride } from '../ports.ts';
import { type AdminReply, GATEWAY_OPTIONS, reportRefusal, withAdmin } from './admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  flagOption,
  stringOption,
} from './command.ts';
import { parseDuration } from './duration.ts';
import { followUp } from './follow-up.ts';
import { scopeOf, unmatchedText } from './mode-scope.ts';
import { EXIT_OK, oneLine, printProgress, printResult, usageProblem } from './output.ts';
import { comparisonIn, replayReportIn } from './replay-reply.ts';

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
    const report = replayReportIn(replayed);
    let judged: AdminReply | undefined;
    if (mode === 'enforce') {
      judged = await client.request('POST', '/api/v1/config/replay', {
        mode: { scope, target, mode },
        sinceMinutes: Math.floor(since / 60),
        ...routeOf(scope, target),
      });
      if (judged.status === 404) return reportRefusal(io, judged);
    }
    const comparison = judged?.status === 200 ? comparisonIn(judged) : undefined;
    const dryRun = flagOption(args, 'dry-run');
    let change = 'nothing was changed (--dry-run)';
    if (!dryRun) {
      const set = await client.request('PUT', '/api/v1/modes', { scope, target, mode });
      if (set.status !== 200) return reportRefusal(io, set);
      change = changeText(args, `${scope} ${target}`, mode, set.body, client.offline);
    }
    printResult(io, { scope, target, mode, changed: !dryRun, replay: report, comparison }, () => {
      if (mode === 'observe') return observedText(report, since);
      return comparison === undefined ? recordedText(report, since) : enforcedText(comparison, since);
    });
    if (mode === 'enforce' && comparison === undefined)
      printProgress(
        io,
        `these are the recorded verdicts: calls could not be judged anew (${String(judged?.body['title'] ?? 'no answer')})`,
      );
    printProgress(io, `\n${change}`);
    return EXIT_OK;
  });
}

/** What was set, what of the place it does not reach, and the way back. */
function changeText(
  args: CommandArguments,
  place: string,
  mode: Mode,
  { kept, inForce, unmatchedPass }: AdminReply['body'],
  offline: boolean,
): string {
  const when = offline ? ' from the next start on' : '';
  const sentences = [`${place} is set to ${mode}${when}${kept === false ? ', as the configuration says' : ''}.`];
  if (inForce !== undefined && inForce !== mode)
    sentences.push(
      `Parts of it are not, by the configuration or another command: ${followUp(args, 'modes list')} shows which.`,
    );
  if (kept !== false)
    sentences.push(`Take it back with:\n  ${followUp(args, `modes clear ${shellWord(args.positionals[0] ?? '')}`)}`);
  const open = unmatchedPass === true ? [unmatchedText(args)] : [];
  return [sentences.join(' '), ...open].join('\n');
}

/** A mode for one route or a stage of it concerns the calls of that route. */
function routeOf(scope: ModeOverride['scope'], target: string): { readonly route?: string } {
  const route = scope === 'route' ? target : scope === 'route-stage' ? parseRouteStage(target)?.routeId : undefined;
  return route === undefined ? {} : { route };
}

/** What the calls would meet under what is in force with the new mode: limits that fill up, and rules that came since. */
function enforcedText(comparison: Comparison, sinceSeconds: number): string {
  const { calls, counts, byRule, byConsumer, unknownBecause, mayBeDenied, deniedInForce, stopped, incomplete } =
    comparison;
  const lines = [
    `would have denied ${counts.newlyDenied} of ${calls} calls in the last ${durationText(sinceSeconds)}` +
      (deniedInForce > 0 ? `; ${deniedInForce} ${deniedInForce === 1 ? 'is' : 'are'} denied already` : ''),
  ];
  for (const { change, calls: count, reason, rule } of byRule)
    if (change === 'newlyDenied')
      lines.push(oneLine(`  ${String(count).padStart(7)}  ${reason}${rule === '' ? '' : ` (${rule})`}`));
  for (const { change, calls: count, caller, identified } of byConsumer)
    if (change === 'newlyDenied')
      lines.push(oneLine(`  ${identified ? `consumer ${caller}` : `nobody identified, from ${caller}`}: ${count}`));
  if (counts.unknown > 0)
    lines.push(`  ${counts.unknown} could not be told, of which ${mayBeDenied} go through now and may be denied`);
  for (const { why, calls: count } of unknownBecause)
    lines.push(oneLine(`  ${String(count).padStart(7)}  not recorded: ${why}`));
  if (stopped) lines.push('  stopped at its bound: later calls are in none of the counts');
  else if (incomplete) lines.push('  and others');
  return lines.join('\n');
}

/** The same by what was recorded at the time. */
function recordedText(report: ReplayReport, sinceSeconds: number): string {
  const lines = [
    `would have denied ${report.wouldDeny} of ${report.calls} calls in the last ${durationText(sinceSeconds)}` +
      (report.denied > 0 ? `; ${report.denied} ${report.denied === 1 ? 'was' : 'were'} denied already` : ''),
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
