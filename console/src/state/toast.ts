import { signal } from '@preact/signals';
import type { Problem } from '../api/client.ts';

export interface Toast {
  readonly id: number;
  readonly kind: 'done' | 'failed';
  readonly text: string;
  readonly detail: string;
  /** A way back, for instance. The toast goes when it is taken. */
  readonly action: { readonly text: string; run(): void } | undefined;
}

const TOASTS_MAX = 4;

export const toasts = signal<readonly Toast[]>([]);
let last = 0;

/** Tells of something that was done, which ends what failed before; it goes by itself, later where it offers a way back. */
export function told(text: string, action?: Toast['action']): void {
  putFailuresAway();
  show({ kind: 'done', text, detail: '', action });
}

/** Tells of something that failed: what, and what the gateway says. It stays until it is put away. */
export function failed(what: string, { title, detail }: Problem): void {
  show({ kind: 'failed', text: what, detail: detail === '' ? title : `${title}: ${detail}`, action: undefined });
}

export function putAway(id: number): void {
  toasts.value = toasts.peek().filter((one) => one.id !== id);
}

/** What failed was tried again, or something was done since. */
export function putFailuresAway(): void {
  toasts.value = toasts.peek().filter(({ kind }) => kind !== 'failed');
}

function show(toast: Omit<Toast, 'id'>): void {
  toasts.value = [...toasts.peek(), { ...toast, id: ++last }].slice(-TOASTS_MAX);
}
