import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { SelectField } from '../../components/field.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { Notice } from '../../components/panel.tsx';
import { timeText } from '../../state/format.ts';
import { failed, putFailuresAway } from '../../state/toast.ts';
import { keyPath } from './credential-actions.ts';
import { useSurroundings } from './example-call.ts';
import { Done } from './key-dialog.tsx';
import { KeyShown } from './key-shown.tsx';
import type { Key, RotatedKey } from './shapes.ts';

export const GRACES = [
  { value: '0', text: 'None: it ends at once' },
  { value: '3600', text: 'An hour' },
  { value: '86400', text: 'A day' },
  { value: '604800', text: 'A week' },
  { value: '2592000', text: '30 days' },
];

/** Makes a successor and shows it this once; the old key works on for the grace. */
export function RotateDialog(props: {
  readonly rotated: Key;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { rotated, onClose, onDone } = props;
  const { curlOf } = useSurroundings();
  const [grace, setGrace] = useState('86400');
  // Of this dialog: tried again after an answer that was lost, it brings the same key.
  const [idempotencyKey] = useState(() =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  );
  const [made, setMade] = useState<RotatedKey>();
  const [busy, setBusy] = useState(false);
  const rotate = async (): Promise<void> => {
    setBusy(true);
    const body = { graceSeconds: Number(grace), idempotencyKey };
    const answer = await ask<RotatedKey>('POST', keyPath(rotated.keyId, '/rotate'), { body });
    setBusy(false);
    if (!answer.ok) {
      failed(`The key ${rotated.keyId} was not rotated`, answer.problem);
      return;
    }
    putFailuresAway();
    setMade(answer.value);
    onDone();
  };
  if (made !== undefined)
    return (
      <Dialog title={`The successor of ${rotated.keyId}`} firm onClose={onClose} foot={<Done onClose={onClose} />}>
        <KeyShown made={made} curl={curlOf(made)} />
        <Notice tone="observe" icon="clock">
          The old key ends on {timeText(made.predecessor.expiresAtMs)}. Until then its page says who still uses it.
        </Notice>
      </Dialog>
    );
  return (
    <Dialog
      title={`Rotate ${rotated.keyId}`}
      onClose={onClose}
      foot={
        <DialogFoot onClose={onClose} icon="refresh" needs="operator" busy={busy} onClick={() => void rotate()}>
          Make the successor
        </DialogFoot>
      }
    >
      <p>
        A new key of <strong>{rotated.consumer}</strong> with the same rights replaces this one. The old one works on
        for the grace, so that its owner can change over.
      </p>
      <SelectField label="Grace of the old key" value={grace} choices={GRACES} onChange={setGrace} />
    </Dialog>
  );
}
