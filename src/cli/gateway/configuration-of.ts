import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DEFAULT_UPSTREAM_URL, defaultConfiguration } from '../../config/default-configuration.ts';
import type { Diagnostic } from '../../config/diagnostics.ts';
import type { Configuration } from '../../core/configuration.ts';
import { type CommandArguments, type CommandIo, stringOption } from '../command.ts';
import { type ConfigurationSource, fileSource, upstreamSource } from './configuration-source.ts';

/** The configuration that a command about a gateway is given under. */
export interface CommandConfiguration {
  /** The default one where `problems` are. */
  readonly configuration: Configuration;
  readonly file: string | undefined;
  readonly source: ConfigurationSource;
  /** Why the file does not load; empty where it does or where there is none. */
  readonly problems: readonly Diagnostic[];
}

const NO_FLAGS = { port: undefined, adminPort: undefined, mode: undefined };

/** `--config`, else ./sallyport.yaml where it exists, else the configuration of a gateway without a file. */
export function configurationOf(args: CommandArguments, io: CommandIo): CommandConfiguration {
  const named = stringOption(args, 'config');
  const found = named ?? (existsSync(join(io.cwd, 'sallyport.yaml')) ? 'sallyport.yaml' : undefined);
  const file = found === undefined ? undefined : resolve(io.cwd, found);
  const source =
    file === undefined ? upstreamSource(DEFAULT_UPSTREAM_URL, NO_FLAGS, io.env) : fileSource(file, NO_FLAGS, io.env);
  const loaded = source.load();
  return loaded.ok
    ? { configuration: loaded.configuration, file, source, problems: [] }
    : { configuration: defaultConfiguration(), file, source, problems: loaded.diagnostics };
}
