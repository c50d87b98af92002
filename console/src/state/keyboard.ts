import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface Shortcut {
  /** As `KeyboardEvent.key` says it; `mod+k` is ⌘K or Ctrl+K, `g c` is g and soon after it c. */
  readonly key: string;
  readonly text: string;
  /** True: also while a dialog is open. */
  readonly inDialog?: boolean;
  run(): void;
}

const registered = signal<readonly (readonly Shortcut[])[]>([]);

/** What the keyboard does at the moment, what was registered first coming first. */
export function shortcuts(): readonly Shortcut[] {
  return registered.value.flat();
}

/** Gives keys a meaning for as long as a component is there. The latest to register a key has it. */
export function useShortcuts(list: readonly Shortcut[]): void {
  const latest = useRef(list);
  latest.current = list;
  const keys = list.map(({ key, text }) => `${key} ${text}`).join('\n');
  useLayoutEffect(() => {
    const entry = latest.current.map((shortcut, index) => ({
      ...shortcut,
      run: () => latest.current[index]?.run(),
    }));
    registered.value = [...registered.peek(), entry];
    return () => {
      registered.value = registered.peek().filter((one) => one !== entry);
    };
  }, [keys]);
}

/** How long after the first key of two the second may come. */
const SECOND_KEY_MS = 1_500;

export function listenToKeys(): void {
  let first: { readonly key: string; readonly atMs: number } | undefined;
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const modified = event.metaKey || event.ctrlKey;
    if (!modified && isTyping(event.target)) return;
    const key = modified ? `mod+${event.key.toLowerCase()}` : event.key;
    const inDialog = document.querySelector('dialog[open]') !== null;
    const meant = (wanted: string): Shortcut | undefined =>
      shortcuts().findLast((one) => one.key === wanted && (!inDialog || one.inDialog === true));
    const isSecond = first !== undefined && event.timeStamp - first.atMs < SECOND_KEY_MS;
    const found = (isSecond ? meant(`${first?.key} ${key}`) : undefined) ?? meant(key);
    first = shortcuts().some((one) => one.key.startsWith(`${key} `)) ? { key, atMs: event.timeStamp } : undefined;
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}
