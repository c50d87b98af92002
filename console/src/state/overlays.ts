import { signal } from '@preact/signals';

/** Dialogs that are open, the topmost last. */
const stack = signal<readonly string[]>([]);

export function opened(id: string): void {
  stack.value = [...stack.peek(), id];
}

export function closed(id: string): void {
  stack.value = stack.peek().filter((one) => one !== id);
}

/** Whether a dialog is the topmost one; undefined asks whether the page itself is. */
export function isTop(id: string | undefined): boolean {
  return stack.value.at(-1) === id;
}
