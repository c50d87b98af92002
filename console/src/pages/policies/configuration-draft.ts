import { computed, effect, signal } from '@preact/signals';
import type { ConfigurationProblem } from '../../../../src/admin/services.ts';
import { type Answer, ask } from '../../api/client.ts';
import { session } from '../../state/session.ts';

/** The file as the gateway showed it last. */
export interface ShownFile {
  readonly file: string | null;
  readonly text: string | null;
  readonly fingerprint: string | null;
  /** True: secrets were taken out, for somebody who may not see them. */
  readonly masked: boolean;
  /** Why the file does not load: the version before it is in force. Empty: the file is in force. */
  readonly refused: readonly ConfigurationProblem[];
  /** What it took the place of when it was applied: the way back. */
  readonly former: string | null;
  /** True: that was a change, and it was taken back. */
  readonly formerIsTakenBack: boolean;
  /** What is in force, without secrets. */
  readonly configuration: unknown;
}

/** What is being written; it stays while other pages are looked at, and is gone with the session. */
interface Draft {
  readonly text: string;
  /** Fingerprint of the file it is a change of. */
  readonly of: string;
  readonly owner: string;
}

/** The file without its folder. */
export function fileName({ file }: ShownFile): string {
  return file?.split(/[\\/]/).at(-1) ?? 'Configuration';
}

export const shown = signal<ShownFile | undefined>(undefined);
const draft = signal<Draft | undefined>(undefined);

const owner = computed(() => {
  const who = session();
  return who.kind === 'open' && who.role === 'administrator' ? who.name : undefined;
});

effect(() => {
  const who = session();
  if (who.kind === 'none' && who.why === 'left') {
    draft.value = undefined;
    shown.value = undefined;
  }
});

const own = computed(() => (draft.value?.owner === owner.value ? draft.value : undefined));

/** What is in the editor. */
export const editedText = computed(() => own.value?.text ?? shown.value?.text ?? '');
export const isChanged = computed(() => own.value !== undefined && own.value.text !== shown.value?.text);
/** Somebody else changed the file since this was begun. */
export const isOvertaken = computed(
  () => isChanged.value && shown.value !== undefined && own.value?.of !== shown.value.fingerprint,
);

export function edit(text: string): void {
  const of = own.peek()?.of ?? shown.peek()?.fingerprint;
  const who = owner.peek();
  if (who !== undefined && typeof of === 'string') draft.value = { text, of, owner: who };
}

export function discard(): void {
  draft.value = undefined;
}

/** What is written counts as a change of the file as it is now: whoever says so has seen the difference. */
export function takeAsBase(): void {
  const { value } = own;
  const fingerprint = shown.peek()?.fingerprint;
  if (value !== undefined && typeof fingerprint === 'string') draft.value = { ...value, of: fingerprint };
}

export async function readFile(signalled?: AbortSignal): Promise<Answer<ShownFile>> {
  const answer = await ask<ShownFile>('GET', '/api/v1/config', signalled === undefined ? {} : { signal: signalled });
  // One that is as it was is not drawn again.
  if (answer.ok && JSON.stringify(answer.value) !== JSON.stringify(shown.peek())) shown.value = answer.value;
  return answer;
}

/** Writes the file and puts it into force; what was written counts as the file from then on. */
export async function apply(text: string, fingerprint: string): Promise<Answer<{ readonly fingerprint: string }>> {
  const answer = await ask<{ readonly fingerprint: string }>('PUT', '/api/v1/config', {
    body: { text, ifFingerprint: fingerprint },
  });
  if (!answer.ok) return answer;
  const before = shown.peek();
  // While the answer was under way, the stream may have told of the change: then the file was read anew, and is shown.
  if (before !== undefined && before.fingerprint !== answer.value.fingerprint) {
    const former = before.refused.length === 0 ? before.text : null;
    const formerIsTakenBack = before.former === text && !before.formerIsTakenBack;
    shown.value = { ...before, text, fingerprint: answer.value.fingerprint, refused: [], former, formerIsTakenBack };
  }
  if (draft.peek()?.text === text) draft.value = undefined;
  return answer;
}
