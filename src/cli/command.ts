/** One command-line option, in the shape `parseArgs` of node:util takes, with what `--help` says of it. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string | boolean;
  readonly description: string;
  /** How `--help` names the value, for instance `FILE`; options of type `string` only. */
  readonly valueName?: string;
}

/** A command's arguments after parsing: unknown options never reach it. */
export interface CommandArguments {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** The part of a writable stream that output needs. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Where a command reads its surroundings and writes its answer, so that tests run it without a process. */
export interface CommandIo {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute folder that relative file arguments start from. */
  readonly cwd: string;
  /** True with `--json`: the result is one JSON document with `version`, and nothing else goes to stdout. */
  readonly json: boolean;
}

/** 0 ok · 1 findings · 2 usage or configuration · 3 run-time failure. */
export type ExitCode = 0 | 1 | 2 | 3;

export interface CommandVerb {
  readonly name: string;
  readonly summary: string;
}

export interface Command {
  readonly name: string;
  /** One line for the overall help. */
  readonly summary: string;
  /** Usage lines without the program's name, for instance `check [FILE]`. */
  readonly usage: readonly string[];
  /** Verbs the first positional must be one of; without them, positionals are the command's own affair. */
  readonly verbs?: readonly CommandVerb[];
  /** Options besides `--help` and `--json`, which every command has. */
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Lines to paste, shown under the options; one that begins with the command's name gets the program's before it. */
  readonly examples?: readonly string[];
  /** Most words besides options, the verb included. Without it: a verb and what it is about, or none. */
  readonly wordsMax?: number;
  run(args: CommandArguments, io: CommandIo): Promise<ExitCode>;
}

/** The value of a string option that may be given once, or undefined. */
export function stringOption(args: CommandArguments, name: string): string | undefined {
  const value = args.values[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of a string option that may be repeated. */
export function stringOptions(args: CommandArguments, name: string): readonly string[] {
  const value = args.values[name];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Whether a boolean option was given. */
export function flagOption(args: CommandArguments, name: string): boolean {
  return args.values[name] === true;
}
