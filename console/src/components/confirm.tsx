import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Role } from '../api/shapes.ts';
import { DialogFoot } from './dialog-foot.tsx';
import { TextField } from './field.tsx';
import type { IconName } from './icon.tsx';
import { Dialog } from './overlay.tsx';

/** Asks before something that matters; `word` has to be typed where it concerns much. */
export function Confirm(props: {
  readonly title: string;
  /** What the button does, naming its object. */
  readonly action: string;
  readonly icon?: IconName;
  /** Danger unless told. */
  readonly kind?: 'danger' | 'primary';
  readonly needs: Role;
  readonly word?: string;
  /** Why it cannot be done at present. */
  readonly off?: string | undefined;
  readonly onClose: () => void;
  /** Resolves with true where it was done: the dialog then closes. */
  readonly onConfirm: () => Promise<boolean>;
  readonly children: ComponentChildren;
}) {
  const { word, onClose } = props;
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const isTyped = word === undefined || typed.trim() === word;
  const confirm = async (): Promise<void> => {
    setBusy(true);
    const done = await props.onConfirm();
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Dialog
      title={props.title}
      onClose={onClose}
      foot={
        <DialogFoot
          onClose={onClose}
          kind={props.kind ?? 'danger'}
          icon={props.icon ?? 'block'}
          needs={props.needs}
          busy={busy}
          off={props.off ?? (isTyped ? undefined : `type ${word} first`)}
          onClick={() => void confirm()}
        >
          {props.action}
        </DialogFoot>
      }
    >
      {props.children}
      {word === undefined ? null : (
        <TextField label={`Type ${word} to go on`} value={typed} autofocus onInput={setTyped} />
      )}
    </Dialog>
  );
}
