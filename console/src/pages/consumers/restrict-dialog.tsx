import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { useFormFault } from '../../state/form-fault.ts';
import { timeText } from '../../state/format.ts';
import { told } from '../../state/toast.ts';
import { AddressesField } from './addresses-field.tsx';
import { keyPath } from './credential-actions.ts';
import { useSurroundings } from './example-call.ts';
import { RestrictionFields, restrictionsOf, ScopeChoice, scopesOf } from './key-restrictions.tsx';
import type { Key } from './shapes.ts';
import { ENDS, wordsOf } from './words.ts';

const FIELDS = ['name', 'scopes', 'allowedCidrs', 'expiresAtMs', 'rate', 'quota', 'idleSeconds'];
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
  const known = scopesOf(routes);
  const [name, setName] = useState(key.name);
  const [restrictions, setRestrictions] = useState(restrictionsOf(key));
  const [scopes, setScopes] = useState(key.scopes);
  // Typed anew; until then those the key has which no route asks for.
  const [typedScopes, setTypedScopes] = useState<string>();
  const otherScopes = typedScopes ?? key.scopes.filter((scope) => !known.includes(scope)).join(' ');
  const [cidrs, setCidrs] = useState(key.allowedCidrs.join(' '));
  const [ends, setEnds] = useState(AS_IT_IS);
  const [idle, setIdle] = useState(String(key.idleSeconds));
  const [busy, setBusy] = useState(false);
  const fault = useFormFault(FIELDS);
  const idleChoices = IDLE.some(({ value }) => value === String(key.idleSeconds))
    ? IDLE
    : [...IDLE, { value: String(key.idleSeconds), text: `After ${key.idleSeconds} seconds` }];
  const save = async (): Promise<void> => {
    setBusy(true);
    fault.clear();
    const wanted = [...new Set([...scopes.filter((scope) => known.includes(scope)), ...wordsOf(otherScopes)])];
    const isSame = wanted.length === key.scopes.length && wanted.every((scope) => key.scopes.includes(scope));
    const rate = restrictions.rate.trim();
    const answer = await ask<Key>('PUT', keyPath(key.keyId), {
      body: {
        name: name.trim(),
        routes: restrictions.routes,
        ...(isSame ? {} : { scopes: wanted }),
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
      fault.tell(`The key ${key.keyId} is as it was`, answer.problem);
      return;
    }
    onDone();
    onClose();
    told(`The rights of ${key.keyId} are changed`);
  };
  return (
    <Dialog
      title={`Change the rights of ${key.keyId}`}
      wide
      onClose={onClose}
      foot={
        <DialogFoot onClose={onClose} needs="operator" busy={busy} onClick={() => void save()}>
          Save
        </DialogFoot>
      }
    >
      <TextField label="Name" fault={fault.at('name')} value={name} maxlength={100} onInput={setName} />
      <ScopeChoice known={known} chosen={scopes} onChange={setScopes} />
      <div class="grid-2">
        <TextField
          label={known.length === 0 ? 'Scopes' : 'Other scopes'}
          hint={known.length === 0 ? 'With spaces between' : 'Which no route asks for; with spaces between'}
          fault={fault.at('scopes')}
          value={otherScopes}
          onInput={setTypedScopes}
        />
        <AddressesField fault={fault.at('allowedCidrs')} value={cidrs} onInput={setCidrs} />
      </div>
      <SelectField
        label="It ends"
        fault={fault.at('expiresAtMs')}
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
      <RestrictionFields routes={routes} value={restrictions} fault={fault} onChange={setRestrictions} />
      <SelectField
        label="Disabled when idle"
        fault={fault.at('idleSeconds')}
        value={idle}
        choices={idleChoices}
        onChange={setIdle}
      />
    </Dialog>
  );
}
