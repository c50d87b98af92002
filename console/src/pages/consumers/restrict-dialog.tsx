import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { timeText } from '../../state/format.ts';
import { failed, told } from '../../state/toast.ts';
import { AddressesField } from './addresses-field.tsx';
import { keyPath } from './credential-actions.ts';
import { useSurroundings } from './example-call.ts';
import { RestrictionFields, restrictionsOf } from './key-restrictions.tsx';
import type { Key } from './shapes.ts';
import { ENDS, wordsOf } from './words.ts';

const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * 1_000;
const AS_IT_IS = 'as it is';

const IDLE = [
  { value: '0', text: 'As configured' },
  ...[7, 30, 90].map((days) => ({ value: String(days * DAY_SECONDS), text: `After ${days} days without a use` })),
  { value: '-1', text: 'Never' },
];

/** Changes the name of a key, its scopes, addresses and end, and what it is confined to; in force on every thread at once. */
export function RestrictDialog(props: { readonly of: Key; readonly onClose: () => void; readonly onDone: () => void }) {
  const { of: key, onClose, onDone } = props;
  const { routes } = useSurroundings();
  const [name, setName] = useState(key.name);
  const [restrictions, setRestrictions] = useState(restrictionsOf(key));
  const [scopes, setScopes] = useState(key.scopes.join(' '));
  const [cidrs, setCidrs] = useState(key.allowedCidrs.join(' '));
  const [ends, setEnds] = useState(AS_IT_IS);
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
        ...(scopes === key.scopes.join(' ') ? {} : { scopes: wordsOf(scopes) }),
        ...(cidrs === key.allowedCidrs.join(' ') ? {} : { allowedCidrs: wordsOf(cidrs) }),
        ...(ends === AS_IT_IS ? {} : { expiresAtMs: ends === '0' ? 0 : Date.now() + Number(ends) * DAY_MS }),
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
      <div class="grid-2">
        <TextField label="Scopes" hint="With spaces between" value={scopes} onInput={setScopes} />
        <AddressesField value={cidrs} onInput={setCidrs} />
      </div>
      <SelectField
        label="It ends"
        value={ends}
        choices={[
          {
            value: AS_IT_IS,
            text: key.expiresAtMs === 0 ? 'Never, as it is' : `${timeText(key.expiresAtMs)}, as it is`,
          },
          ...ENDS.filter(({ value }) => value !== '0' || key.expiresAtMs !== 0),
        ]}
        onChange={setEnds}
      />
      <RestrictionFields routes={routes} value={restrictions} onChange={setRestrictions} />
      <SelectField label="Disabled when idle" value={idle} choices={idleChoices} onChange={setIdle} />
    </Dialog>
  );
}
