import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'gateway.json';

/** What a running gateway leaves in its data folder, so that commands find it. */
export interface Presence {
  readonly pid: number;
  readonly adminUrl: string;
  readonly dataUrl: string;
  /** The file it runs by; absent where there is none. */
  readonly configurationFile?: string | undefined;
}

/** The gateway that runs on a data folder; undefined where none does. */
export function presenceIn(folder: string): Presence | undefined {
  const file = join(folder, FILE);
  if (!existsSync(file)) return undefined;
  let presence: Presence;
  try {
    presence = JSON.parse(readFileSync(file, 'utf8')) as Presence;
  } catch {
    // A start that was killed while it wrote the file: nothing runs.
    return undefined;
  }
  try {
    process.kill(presence.pid, 0);
    return presence;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? presence : undefined;
  }
}

/** A folder that another gateway runs on. */
export class FolderInUse extends Error {
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(`a gateway runs on ${folder} already (process ${pid}); two would not learn of each other's changes`);
    this.pid = pid;
  }
}

export function writePresence(folder: string, presence: Presence): void {
  writeFileSync(join(folder, FILE), JSON.stringify(presence), { mode: 0o600 });
}

export function removePresence(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
}
