import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import pino from 'pino';
import { renderDiagnostic } from '../../config/diagnostics.ts';
import { enforcedPlace } from '../../config/enforced-place.ts';
import type { Mode } from '../../core/decision.ts';
import { reusePortWorks } from '../../edge/listener.ts';
import { passesAroundRoutes } from '../../pipeline/unmatched-calls.ts';
import type { ModeOverride } from '../../ports.ts';
import { SecretMissing } from '../../store/secret-files.ts';
import { type Command, type CommandArguments, type CommandIo, type ExitCode, stringOption } from '../command.ts';
import { followUp } from '../follow-up.ts';
import {
  type ConfigurationFlags,
  type ConfigurationSource,
  fileSource,
  upstreamSource,
} from '../gateway/configuration-source.ts';
import { Gateway } from '../gateway/gateway.ts';
import { ConfigurationRefused } from '../gateway/gateway-options.ts';
import { FolderInUse } from '../gateway/presence.ts';
import { startSampleApi } from '../gateway/sample-api.ts';
import { unmatchedText } from '../mode-scope.ts';
import {
  EXIT_FAULT,
  EXIT_OK,
  EXIT_USAGE,
  faultProblem,
  oneLine,
  printProgress,
  printResult,
  usageProblem,
} from '../output.ts';

const WORKERS_MAX = 64;
/** Modes set by command that the start names one by one. */
const SET_SHOWN_MAX = 5;

export const command: Command = {
  name: 'up',
  summary: 'run the gateway',
  usage: ['up [--config FILE]', 'up --upstream URL'],
  options: {
    config: {
      type: 'string',
      valueName: 'FILE',
      description: 'configuration; default ./sallyport.yaml where it exists',
    },
    upstream: {
      type: 'string',
      valueName: 'URL',
      description: 'stand in front of this API without a configuration file',
    },
    port: { type: 'string', valueName: 'N', description: 'port calls come in on' },
    'admin-port': { type: 'string', valueName: 'N', description: 'port of the admin API' },
    mode: { type: 'string', valueName: 'observe|enforce', description: 'mode of everything that sets none of its own' },
    workers: { type: 'string', valueName: 'N', description: 'data-plane threads; default one per core' },
    data: { type: 'string', valueName: 'DIR', description: 'folder of everything the gateway keeps' },
    'log-level': { type: 'string', valueName: 'LEVEL', description: 'debug, info, warn or error; default warn' },
  },
  examples: ['up', 'up --upstream http://localhost:3000', 'up --config sallyport.yaml --workers 4'],
  wordsMax: 1,
  run,
};

async function run(args: CommandArguments, io: CommandIo): Promise<ExitCode> {
  const flags = readFlags(args, io);
  if (typeof flags === 'number') return flags;
  const workers = numberOption(args, 'workers', 1, WORKERS_MAX) ?? (reusePortWorks() ? availableParallelism() : 1);
  if (typeof workers === 'string') return usageProblem(io, workers);
  const level = stringOption(args, 'log-level') ?? 'warn';
  if (!['debug', 'info', 'warn', 'error'].includes(level)) return usageProblem(io, `unknown log level ${level}`);
  const logger = pino({ level }, pino.destination({ dest: 2, sync: false }));

  const chosen = await chooseSource(args, io, flags);
  if (typeof chosen === 'number') return chosen;
  const data = stringOption(args, 'data');
  let gateway: Gateway;
  try {
    gateway = await Gateway.start({
      source: chosen.source,
      workers,
      // The sample's configuration lies in the package; what is kept belongs where the command was given.
      dataFolder: data === undefined && chosen.sample === undefined ? undefined : resolve(io.cwd, data ?? 'data'),
      logger,
    });
  } catch (error) {
    await chosen.close();
    if (error instanceof ConfigurationRefused) {
      for (const problem of error.diagnostics) io.stderr.write(`${renderDiagnostic(problem)}\n`);
      return EXIT_USAGE;
    }
    return faultProblem(io, `the gateway could not start: ${messageOf(error)}`, hintFor(error));
  }
  for (const warning of gateway.warnings) io.stderr.write(`${renderDiagnostic(warning)}\n`);
  announce(args, io, gateway, await gateway.state.settings.listModes(), chosen.sample);
  return serve(gateway, chosen.close, logger);
}

/** Resolves when the gateway has drained after SIGTERM or SIGINT; a second signal ends it at once. */
function serve(gateway: Gateway, closeSample: () => Promise<void>, logger: pino.Logger): Promise<ExitCode> {
  return new Promise((done) => {
    let stopping = false;
    const stop = (): void => {
      if (stopping) process.exit(EXIT_FAULT);
      stopping = true;
      gateway
        .stop()
        .then(closeSample)
        .then(
          () => done(EXIT_OK),
          (error: unknown) => {
            logger.error({ error: messageOf(error) }, 'stopping failed');
            done(EXIT_FAULT);
          },
        );
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    process.on('SIGHUP', () => void gateway.reload('SIGHUP'));
  });
}

interface Chosen {
  readonly source: ConfigurationSource;
  readonly sample: string | undefined;
  close(): Promise<void>;
}

const NOTHING_TO_CLOSE = (): Promise<void> => Promise.resolve();

/** `--config`, else `--upstream`, else ./sallyport.yaml, else the bundled sample API. */
async function chooseSource(
  args: CommandArguments,
  io: CommandIo,
  flags: ConfigurationFlags,
): Promise<Chosen | ExitCode> {
  const [given] = args.positionals;
  if (given !== undefined && stringOption(args, 'config') !== undefined)
    return usageProblem(io, 'the configuration is named twice', 'write it once: up FILE, or up --config FILE');
  const config = given ?? stringOption(args, 'config');
  const upstream = stringOption(args, 'upstream');
  if (config !== undefined && upstream !== undefined)
    return usageProblem(io, '--config and --upstream exclude each other', 'name the upstream in the configuration');
  if (upstream !== undefined) {
    const url = URL.parse(upstream);
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      return usageProblem(
        io,
        `--upstream ${upstream} is not an http or https URL`,
        'for instance http://localhost:3000',
      );
    if (url.pathname !== '/' || url.search !== '' || url.username !== '')
      return usageProblem(
        io,
        `--upstream takes an origin without path, query or credentials`,
        `for instance ${url.origin}`,
      );
    return { source: upstreamSource(url.origin, flags, io.env), sample: undefined, close: NOTHING_TO_CLOSE };
  }
  const file = config ?? (existsSync(join(io.cwd, 'sallyport.yaml')) ? 'sallyport.yaml' : undefined);
  if (file !== undefined)
    return { source: fileSource(resolve(io.cwd, file), flags, io.env), sample: undefined, close: NOTHING_TO_CLOSE };
  const sample = await startSampleApi();
  if (sample === undefined)
    return usageProblem(io, 'there is no configuration', 'give --upstream URL, or write one with `sallyport init`');
  return {
    source: fileSource(sample.configFile, flags, io.env, sample.url),
    sample: sample.url,
    close: sample.close,
  };
}

function readFlags(args: CommandArguments, io: CommandIo): ConfigurationFlags | ExitCode {
  const port = numberOption(args, 'port', 0, 65_535);
  const adminPort = numberOption(args, 'admin-port', 0, 65_535);
  if (typeof port === 'string') return usageProblem(io, port);
  if (typeof adminPort === 'string') return usageProblem(io, adminPort);
  const mode = stringOption(args, 'mode');
  if (mode !== undefined && !isMode(mode)) return usageProblem(io, `--mode takes observe or enforce, not ${mode}`);
  return { port, adminPort, mode };
}

function isMode(text: string): text is Mode {
  return text === 'observe' || text === 'enforce';
}

/** The number, undefined where the option is not given, or what is wrong with it. */
function numberOption(args: CommandArguments, name: string, min: number, max: number): number | undefined | string {
  const text = stringOption(args, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isInteger(value) && value >= min && value <= max && text.trim() !== ''
    ? value
    : `--${name} takes a whole number from ${min} to ${max}`;
}

function announce(
  args: CommandArguments,
  io: CommandIo,
  gateway: Gateway,
  set: readonly ModeOverride[],
  sample: string | undefined,
): void {
  const { dataUrl, adminUrl, newAdminToken } = gateway;
  printResult(io, { dataUrl, adminUrl, ...(sample === undefined ? {} : { sampleUrl: sample }) }, () => {
    const lines = [`gateway  ${dataUrl}`];
    if (sample !== undefined)
      lines.push(`sample   ${sample}  (behind the gateway; its weaknesses are listed in examples/orders/README.md)`);
    lines.push(`console  ${adminUrl}/  (sign in with the admin token)`);
    lines.push(`admin    ${adminUrl}/api/v1  (OpenAPI document: ${adminUrl}/api/v1/openapi.json)`);
    if (newAdminToken !== undefined)
      lines.push('', `admin token, shown once and kept in ${gateway.adminTokenFile}:`, `  ${newAdminToken}`);
    return `${lines.join('\n')}\n`;
  });
  printProgress(io, nextSteps(withNamedFile(args), gateway, set, sample !== undefined));
}

/** `up FILE` is `up --config FILE`; other commands take the second alone. */
function withNamedFile(args: CommandArguments): CommandArguments {
  const [config] = args.positionals;
  return config === undefined ? args : { ...args, values: { ...args.values, config } };
}

function nextSteps(args: CommandArguments, gateway: Gateway, set: readonly ModeOverride[], sample: boolean): string {
  const path = sample ? '/orders' : '/';
  const pattern = sample ? '/orders/*' : '/*';
  return [
    '',
    modeText(args, gateway, set),
    '',
    'next, in another terminal:',
    `  curl -i ${gateway.dataUrl}${path}`,
    `  ${followUp(args, `keys create --consumer acme${sample ? ' --scope orders:read' : ''}`)}`,
    `  ${followUp(args, `enforce '${pattern}'`)}`,
    `  ${followUp(args, 'explain <Sallyport-Request-Id of any answer>')}`,
    '',
  ].join('\n');
}

/** What is blocked, commands of earlier runs included: they are kept with the data. */
function modeText(args: CommandArguments, gateway: Gateway, set: readonly ModeOverride[]): string {
  const { mode, overriddenConfiguration: configuration } = gateway;
  const place = enforcedPlace(configuration);
  const lines = [
    mode === 'enforce'
      ? 'mode: enforce. What the rules deny is blocked.'
      : place === undefined
        ? 'mode: observe. Every call is judged and recorded, none is blocked but what is no well-formed request.'
        : `mode: observe, but ${place} enforces.`,
  ];
  if (set.length > 0)
    lines.push(
      `set by command, over the configuration (${followUp(args, 'modes list')}):`,
      ...set.slice(0, SET_SHOWN_MAX).map((one) => oneLine(`  ${one.mode} ${one.scope} ${one.target}`)),
    );
  if (set.length > SET_SHOWN_MAX) lines.push(`  and ${set.length - SET_SHOWN_MAX} more`);
  if (passesAroundRoutes(configuration)) lines.push(unmatchedText(args));
  return lines.join('\n');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hintFor(error: unknown): string | undefined {
  // Its message says what to do.
  if (error instanceof SecretMissing) return undefined;
  if (error instanceof FolderInUse)
    return `stop process ${error.pid}, or give this gateway a folder of its own with --data DIR`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'another program holds the port: choose others with --port and --admin-port';
  if (code === 'EACCES')
    return 'ports below 1024 and folders of others need rights: choose others with --port and --data';
  return 'the log above says more; `sallyport check` judges the configuration alone';
}
