import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defaultConfiguration } from '../../config/default-configuration.ts';
import type { Configuration } from '../../core/configuration.ts';
import { type CommandArguments, type CommandIo, stringOption } from '../command.ts';
import { fileSource } from './configuration-source.ts';

/** The configuration a command is about, and its file where there is one. One that does not load stands for the default. */
export function configurationOf(
  args: CommandArguments,
  io: CommandIo,
): { readonly configuration: Configuration; readonly file: string | undefined } {
  const named = stringOption(args, 'config');
  const found = named ?? (existsSync(join(io.cwd, 'sallyport.yaml')) ? 'sallyport.yaml' : undefined);
  if (found === undefined) return { configuration: defaultConfiguration(), file: undefined };
  const file = resolve(io.cwd, found);
  const loaded = fileSource(file, { port: undefined, adminPort: undefined, mode: undefined }, io.env).load();
  // Where its data lies is known all the same: beside the file unless the store says otherwise.
  return { configuration: loaded.ok ? loaded.configuration : defaultConfiguration(), file };
}
