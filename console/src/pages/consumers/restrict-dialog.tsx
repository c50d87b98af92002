import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { failed, told } from '../../state/toast.ts';
import { keyPath } from './credential-actions.ts';
import { useSurroundings } from './example-call.ts';
import { RestrictionFields, restrictionsOf } from './key-restrictions.tsx';
import type { Key } from './shapes.ts';

const DAY_SECONDS = 86_400;

const IDLE = [
  { value: '0', text: 'As configured' },
  ...[7, 30, 90].map((days) => ({ value: String(days * DAY_SECONDS), text: `After ${days} days without a use` })),
  { value: '-1', text: 'Never' },
];

/** Changes the name of a key and what it is confined to; in force on every thread at once. */
export function RestrictDialog(props: { readonly of: Key; readonly onClose: () => void; readonly onDone: () => void }) {
  const { of: key, onClose, onDone } = props;
  const { routes } = useSurroundings();
  const [name, setName] = useState(key.name);
  const [restrictions, setRestrictions] = useState(restrictionsOf(key));
  const [idle, setIdle] = useState(String(key.idleSeconds));
  const [busy, setBusy] = useState(false);
  const idleChoices = IDLE.some(({ value }) => value === String(key.idleSeconds))
    ? IDLE
    : [...IDLE, { value: String(key.idleSeconds), text: `After ${key.idleSeconds} seconds` }];
  const save = async (): Promise<void> => {
    setBusy(true);
    const rate = restrictions.rate.trim();
    const answer = await ask<Key>('PUT', keyPath(key.keyId), {
      body: {
        name: name.trim(),
        routes: restrictions.routes,
        // What is not changed is not sent: a burst of its own stays with the rate.
        ...(rate === key.rate ? {} : { rate }),
        ...(restrictions.quota.trim() === key.quota ? {} : { quota: restrictions.quota.trim() }),
        idleSeconds: Number(idle),
      },
    });
    setBusy(false);
    if (!answer.ok) {
      failed(`The key ${key.keyId} is as it was`, answer.problem);
      return;
    }
    onDone();
    onClose();
    told(`The key ${key.keyId} is confined anew`);
  };
  return (
    <Dialog
      title={`Confine ${key.keyId}`}
      wide
      onClose={onClose}
      foot={
        <DialogFoot onClose={onClose} needs="operator" busy={busy} onClick={() => void save()}>
          Save
        </DialogFoot>
      }
    >
      <TextField label="Name" value={name} maxlength={100} onInput={setName} />
      <RestrictionFields routes={routes} value={restrictions} onChange={setRestrictions} />
      <SelectField label="Disabled when idle" value={idle} choices={idleChoices} onChange={setIdle} />
      <p class="field-hint">Scopes, addresses and the end of a key are set when it is made: rotate it for others.</p>
    </Dialog>
  );
}
