import { parseArgs } from 'node:util';
import { didYouMean } from '../config/did-you-mean.ts';
import type { Command, CommandIo, CommandOption, ExitCode } from './command.ts';
import type { CommandEntry } from './commands.ts';
import { EXIT_OK, EXIT_USAGE, faultProblem, printResult, usageProblem } from './output.ts';

const SHARED_OPTIONS: Readonly<Record<string, CommandOption>> = {
  json: { type: 'boolean', description: 'print one JSON document with a version instead of text' },
  help: { type: 'boolean', short: 'h', description: 'show this help' },
};

/** Finds the command `argv` names, parses its arguments strictly and runs it; never throws. */
export async function dispatch(
  argv: readonly string[],
  surroundings: Omit<CommandIo, 'json'>,
  commands: readonly CommandEntry[],
  programVersion: string,
): Promise<ExitCode> {
  const io: CommandIo = { ...surroundings, json: argv.includes('--json') };
  const [name, ...rest] = argv;
  if (name === '--version' || name === '-V') {
    printResult(io, { program: 'sallyport', programVersion }, programVersion);
    return EXIT_OK;
  }
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const topic = name === 'help' ? commands.find((entry) => entry.name === rest[0]) : undefined;
    if (topic !== undefined) return dispatch([topic.name, '--help'], surroundings, commands, programVersion);
    const text = overallHelp(commands);
    if (name === undefined) io.stderr.write(text);
    else io.stdout.write(text);
    return name === undefined ? EXIT_USAGE : EXIT_OK;
  }
  const entry = commands.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    const meant = didYouMean(
      name,
      commands.map((candidate) => candidate.name),
    );
    return usageProblem(
      io,
      `there is no command "${name}"`,
      meant === undefined ? 'sallyport --help lists the commands' : `did you mean "sallyport ${meant}"?`,
    );
  }
  try {
    const { command } = await entry.load();
    return await runCommand(command, rest, io);
  } catch (error) {
    const fault = error instanceof Error ? error : new Error(String(error));
    if (io.env['SALLYPORT_DEBUG'] && fault.stack !== undefined) io.stderr.write(`${fault.stack}\n`);
    return faultProblem(io, `${name}: ${fault.message}`, 'SALLYPORT_DEBUG=1 shows where it happened');
  }
}

async function runCommand(command: Command, argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const options = { ...command.options, ...SHARED_OPTIONS };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
  } catch (error) {
    return usageProblem(
      io,
      `${command.name}: ${usageMessage(error)}`,
      optionHint(argv, Object.keys(options), command.name),
    );
  }
  if (parsed.values['help'] === true) {
    io.stdout.write(commandHelp(command));
    return EXIT_OK;
  }
  const verb = parsed.positionals[0];
  if (command.verbs !== undefined && !command.verbs.some((candidate) => candidate.name === verb)) {
    const names = command.verbs.map((candidate) => candidate.name);
    const meant = verb === undefined ? undefined : didYouMean(verb, names);
    return usageProblem(
      io,
      verb === undefined
        ? `${command.name} needs a verb: ${names.join(', ')}`
        : `${command.name} has no verb "${verb}"`,
      meant === undefined
        ? `sallyport ${command.name} --help lists the verbs`
        : `did you mean "sallyport ${command.name} ${meant}"?`,
    );
  }
  // What was given and left unread would be believed done.
  const surplus = parsed.positionals[command.wordsMax ?? (command.verbs === undefined ? 0 : 2)];
  if (surplus !== undefined)
    return usageProblem(
      io,
      `${command.name}: "${surplus}" is one word too many`,
      `sallyport ${command.name} --help shows what it takes`,
    );
  return command.run({ values: parsed.values, positionals: parsed.positionals }, io);
}

/** The first sentence of what parseArgs says; the rest explains its own option syntax at length. */
function usageMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const end = message.indexOf('. ');
  return end < 0 ? message : message.slice(0, end);
}

function optionHint(argv: readonly string[], names: readonly string[], command: string): string {
  for (const argument of argv) {
    if (!argument.startsWith('--')) continue;
    const name = argument.slice(2).split('=', 1)[0] ?? '';
    if (names.includes(name)) continue;
    const meant = didYouMean(name, names);
    if (meant !== undefined) return `did you mean "--${meant}"?`;
  }
  return `sallyport ${command} --help lists the options`;
}

/** The help of the program as a whole. */
export function overallHelp(commands: readonly CommandEntry[]): string {
  const lines = columns(commands.map((entry) => [entry.name, entry.summary]));
  return [
    'Sallyport: a self-hosted API security gateway.',
    '',
    'usage: sallyport <command> [options]',
    '',
    ...lines,
    '',
    'Every command has --help and --json. Results go to stdout, progress and errors to stderr.',
    'Exit codes: 0 ok · 1 findings · 2 usage or configuration · 3 run-time failure.',
    '',
  ].join('\n');
}

/** The help of one command, from its own table of options. */
export function commandHelp(command: Command): string {
  const options = Object.entries({ ...command.options, ...SHARED_OPTIONS }).map(([name, option]): [string, string] => {
    const short = option.short === undefined ? '' : `-${option.short}, `;
    const value = option.type === 'string' ? ` ${option.valueName ?? 'VALUE'}` : '';
    const fallback = option.default === undefined || option.default === false ? '' : ` (default ${option.default})`;
    const repeat = option.multiple === true ? ' (may be repeated)' : '';
    return [`${short}--${name}${value}`, `${option.description}${fallback}${repeat}`];
  });
  const lines = [
    `${command.name}: ${command.summary}`,
    '',
    ...command.usage.map((usage) => `usage: sallyport ${usage}`),
    '',
  ];
  if (command.verbs !== undefined) lines.push(...columns(command.verbs.map((verb) => [verb.name, verb.summary])), '');
  lines.push(...columns(options), '');
  if (command.examples !== undefined)
    lines.push('examples:', ...command.examples.map((example) => `  ${asTyped(example, command.name)}`), '');
  return lines.join('\n');
}

function asTyped(example: string, name: string): string {
  return example === name || example.startsWith(`${name} `) ? `sallyport ${example}` : example;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
