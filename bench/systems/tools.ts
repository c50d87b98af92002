import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

/** First line of what a tool says about itself, or undefined where it is not installed. */
export function toolVersion(command: string, args: readonly string[]): string | undefined {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.error !== undefined) return undefined;
  return (result.stdout + result.stderr).trim().split('\n')[0];
}

export function packageVersion(debianPackage: string): string | undefined {
  const result = spawnSync('dpkg-query', ['-s', debianPackage], { encoding: 'utf8' });
  if (result.status !== 0 || !result.stdout.includes('\nStatus: install ok installed\n')) return undefined;
  return /^Version: (.+)$/m.exec(result.stdout)?.[1];
}

export function exists(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
