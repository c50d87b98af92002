import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CHANGES, type Change, type Comparison } from '../../pipeline/comparison.ts';
import { GATEWAY_OPTIONS, reportRefusal, withAdmin } from '../admin-client.ts';
import {
  type Command,
  type CommandArguments,
  type CommandIo,
  type ExitCode,
  flagOption,
  stringOption,
} from '../command.ts';
import { parseDuration } from '../duration.ts';
import {
  EXIT_FAULT,
  EXIT_FINDINGS,
  EXIT_OK,
  EXIT_USAGE,
  oneLine,
  printProblem,
  printResult,
  usageProblem,
} from '../output.ts';
import { comparisonIn } from '../replay-reply.ts';

export const command: Command = {
  name: 'replay',
  summary: 'try a configuration on stored calls',
  usage: ['replay [NEW.yaml]'],
  wordsMax: 1,
  options: {
    ...GATEWAY_OPTIONS,
    since: { type: 'string', valueName: 'DURATION', description: 'calls to replay; default 24h' },
    route: {
      type: 'string',
      valueName: 'ID',
      description: 'only calls recorded on this route, or on it by what is tried',
    },
    enforce: { type: 'boolean', description: 'as if every stage enforced' },
    'fail-on': {
      type: 'string',
      valueName: 'CHANGE[:N],…',
      description: 'exit with 1 where more than N (default 0) calls change so: newly-denied, newly-allowed, unknown',
    },
  },
  examples: ['sallyport replay new.yaml --since 24h', 'sallyport replay new.yaml --fail-on newly-denied'],
  run,
};

const FAILING: Readonly<Record<string, Change>> = {
  'newly-denied': 'newlyDenied',
  'newly-allowed': 'newlyAllowed',
  unknown: 'unknown',
};
const DEFAULT_SINCE = '24h';

function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const [file = stringOption(args, 'config'), ...rest] = args.positionals;
  if (rest.length > 0)
    return Promise.resolve(usageProblem(io, 'replay takes one configuration', 'sallyport replay NEW.yaml'));
  const since = parseDuration(stringOption(args, 'since') ?? DEFAULT_SINCE);
  if (since === undefined || since < 60)
    return Promise.resolve(usageProblem(io, '--since is no duration of a minute or more', 'for instance 60m, 24h'));
  const bounds = boundsOf(stringOption(args, 'fail-on'));
  if (bounds === undefined)
    return Promise.resolve(
      usageProblem(io, '--fail-on is not understood', 'for instance newly-denied or newly-denied:10,unknown:500'),
    );
  let text: string | undefined;
  try {
    text = file === undefined ? undefined : readFileSync(resolve(io.cwd, file), 'utf8');
  } catch {
    return Promise.resolve(usageProblem(io, `${file} cannot be read`));
  }
  const route = stringOption(args, 'route');
  return withAdmin(args, io, async (client) => {
    const reply = await client.request('POST', '/api/v1/config/replay', {
      sinceMinutes: Math.floor(since / 60),
      enforce: flagOption(args, 'enforce'),
      ...(text === undefined ? {} : { text }),
      ...(route === undefined ? {} : { route }),
    });
    if (reply.status === 422) return refused(io, reply.body['problems']);
    if (reply.status !== 200) {
      const exitCode = reportRefusal(io, reply);
      // Nothing was found out, which is no finding.
      return exitCode === EXIT_FINDINGS ? EXIT_FAULT : exitCode;
    }
    const report = comparisonIn(reply);
    printResult(io, { ...report }, () => textOf(report));
    // Calls that were not looked at may be anything.
    const exceeded = report.stopped || bounds.some(({ change, calls }) => report.counts[change] > calls);
    return bounds.length > 0 && exceeded ? EXIT_FINDINGS : EXIT_OK;
  });
}

interface Bound {
  readonly change: Change;
  readonly calls: number;
}

/** Undefined where the text is not understood. */
function boundsOf(text: string | undefined): readonly Bound[] | undefined {
  const bounds: Bound[] = [];
  for (const part of text?.split(',') ?? []) {
    const [name = '', calls = '0', ...more] = part.split(':');
    const change = Object.hasOwn(FAILING, name) ? FAILING[name] : undefined;
    if (change === undefined || !/^\d{1,12}$/.test(calls) || more.length > 0) return undefined;
    bounds.push({ change, calls: Number(calls) });
  }
  return bounds;
}

function refused(io: CommandIo, problems: unknown): ExitCode {
  for (const one of Array.isArray(problems) ? problems : []) {
    const { code, line, column, path, message, why, fix } = one as Readonly<Record<string, unknown>>;
    printProblem(io, {
      message: oneLine(`${String(code)} line ${String(line)}:${String(column)} ${String(path)}: ${String(message)}`),
      why: String(why),
      fix: String(fix),
    });
  }
  return EXIT_USAGE;
}

const TITLES: Readonly<Record<Change, string>> = {
  newlyDenied: 'newly denied',
  newlyAllowed: 'newly allowed',
  newlyObserved: 'would newly be denied, were it enforced',
  noLongerObserved: 'would no longer be denied',
  unchanged: 'unchanged',
  unknown: 'could not be told',
};

function textOf(report: Comparison): string {
  const lines = [`${report.calls} ${report.calls === 1 ? 'call' : 'calls'}`];
  for (const change of CHANGES) lines.push(`${String(report.counts[change]).padStart(9)}  ${TITLES[change]}`);
  lines.push(
    ...group(
      'by rule',
      report.byRule.map(({ change, calls, reason, rule, examples }) =>
        line(TITLES[change], calls, rule === '' ? reason : `${reason} (${rule})`, examples),
      ),
    ),
    ...group(
      'the same calls by route',
      report.byRoute.map(({ change, calls, route, examples }) =>
        line(TITLES[change], calls, route === '' ? 'no route' : `route ${route}`, examples),
      ),
    ),
    ...group(
      'the same calls by caller',
      report.byConsumer.map(({ change, calls, caller, identified, examples }) =>
        line(TITLES[change], calls, identified ? `consumer ${caller}` : `nobody identified, from ${caller}`, examples),
      ),
    ),
    ...group(
      'what could not be told, by what was not recorded',
      report.unknownBecause.map(({ why, calls, examples }) => line(TITLES.unknown, calls, why, examples)),
    ),
  );
  if (report.mayBeDenied > 0)
    lines.push(`of those that could not be told, ${report.mayBeDenied} go through now and may be denied`);
  if (report.stopped) lines.push('stopped at its bound: later calls are in none of the counts');
  else if (report.incomplete) lines.push('and others');
  return lines.join('\n');
}

/** Lines under what they are counted by; nothing where there are none. */
function group(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines];
}

function line(title: string, calls: number, what: string, examples: readonly string[]): string {
  return oneLine(`  ${title}: ${calls}, ${what}; for instance ${examples.join(' ')}`);
}
