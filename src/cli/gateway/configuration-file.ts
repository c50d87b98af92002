import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ConfigurationFile, ConfigurationReplaced, FormerConfiguration } from '../../admin/services.ts';
import type { Diagnostic } from '../../config/diagnostics.ts';
import { maskedText } from '../../config/masked-text.ts';
import { problemsOf } from './configuration-problems.ts';
import type { ConfigurationSource } from './configuration-source.ts';

export interface ConfigurationWriting {
  readonly source: ConfigurationSource;
  /** Whether the file, as it was last read, is what is in force. */
  isInForce(): boolean;
  /** Puts the file into force; the diagnostics of what was refused, with `ok` false. */
  reload(): Promise<{ readonly ok: boolean; readonly diagnostics: readonly Diagnostic[] }>;
}

/** The configuration file as it stands; undefined where none is used or it cannot be read. */
export function readConfigurationFile({ file }: Pick<ConfigurationSource, 'file'>): ConfigurationFile | undefined {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  return { text, fingerprint: configurationFingerprint(text), masked: () => maskedText(text) };
}

export function configurationFingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Replaces the configuration file, one replacement after the other. */
export class ConfigurationWriter {
  readonly #writing: ConfigurationWriting;
  #last: Promise<unknown> = Promise.resolve();
  #former: (FormerConfiguration & { readonly replacedBy: string }) | undefined;

  constructor(writing: ConfigurationWriting) {
    this.#writing = writing;
  }

  /**
   * Writes the text in place of the file and puts it into force. Where it does not load, or is refused when it is put into
   * force, the file is what it was. What somebody else writes in the same instant may be lost: no file system compares and renames.
   */
  replace(text: string, ifFingerprint: string): Promise<ConfigurationReplaced> {
    const next = this.#last.then(() => this.#replace(text, ifFingerprint));
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** The text that the one of this fingerprint took the place of, until the file changes again; undefined where that text did not load. */
  former(fingerprint: string): FormerConfiguration | undefined {
    return this.#former?.replacedBy === fingerprint ? this.#former : undefined;
  }

  async #replace(text: string, ifFingerprint: string): Promise<ConfigurationReplaced> {
    const { source, reload, isInForce } = this.#writing;
    const before = readConfigurationFile(source);
    const mayGoBack = isInForce();
    if (source.file === undefined || before === undefined) return { kind: 'noFile' };
    if (before.fingerprint !== ifFingerprint) return { kind: 'changed', fingerprint: before.fingerprint };
    const judged = source.judge(text);
    if (!judged.ok) return { kind: 'invalid', problems: problemsOf(judged.diagnostics) };
    // A link stays a link: what it leads to is replaced.
    const file = realpathSync(source.file);
    const previous = `${file}.previous`;
    try {
      copyFileSync(file, previous);
      writeInPlace(file, text);
    } catch (error) {
      return { kind: 'unwritable', detail: codeOf(error) };
    }
    const fingerprint = configurationFingerprint(text);
    const known = this.#former;
    const isTakenBack = this.former(before.fingerprint)?.text === text && known?.isTakenBack === false;
    // Before it is in force: whoever reads the file as soon as they are told of it finds the way back, too.
    this.#former = mayGoBack ? { text: before.text, replacedBy: fingerprint, isTakenBack } : undefined;
    const { ok, diagnostics } = await reload();
    if (ok) return { kind: 'replaced', fingerprint, problems: problemsOf(diagnostics) };
    this.#former = known;
    writeInPlace(file, before.text);
    await reload();
    return { kind: 'invalid', problems: problemsOf(diagnostics) };
  }
}

/** All or nothing: beside the file, flushed, and renamed over it, with the rights the file had. */
function writeInPlace(file: string, text: string): void {
  const beside = join(dirname(file), `.${basename(file)}.${process.pid}.new`);
  const { mode } = statSync(file);
  try {
    const handle = openSync(beside, 'wx', mode & 0o777);
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
