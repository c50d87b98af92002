import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

const SETTLE_MS = 150;

/**
 * Calls `changed` once after any of the files changed. Watches the folders, not the files: editors and Kubernetes
 * replace a file by renaming another one over it, which a watch on the file itself would lose.
 */
export class FileWatch {
  readonly #watchers: FSWatcher[] = [];
  readonly #changed: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(files: readonly string[], changed: () => void) {
    this.#changed = changed;
    const byFolder = new Map<string, Set<string>>();
    for (const file of files) {
      const folder = dirname(file);
      const names = byFolder.get(folder) ?? new Set();
      byFolder.set(folder, names.add(basename(file)));
    }
    for (const [folder, names] of byFolder) {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        // Some systems do not say which name changed, and a replaced symbolic link shows under another one.
        if (name === null || names.has(name) || name.startsWith('..')) this.#settle();
      });
      watcher.on('error', () => watcher.close());
      this.#watchers.push(watcher);
    }
  }

  /** A file is often written in several steps; they count as one change. */
  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#changed, SETTLE_MS);
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }
}
