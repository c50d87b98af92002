import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { useFormFault } from '../../state/form-fault.ts';
import { AddressesField } from './addresses-field.tsx';
import { useSurroundings } from './example-call.ts';
import { RestrictionFields, type Restrictions, ScopeChoice, scopesOf, UNRESTRICTED } from './key-restrictions.tsx';
import { KeyShown } from './key-shown.tsx';
import type { MadeKey } from './shapes.ts';
import { ENDS, wordsOf } from './words.ts';

const FIELDS = ['consumer', 'name', 'scopes', 'allowedCidrs', 'expiresAtMs', 'rate', 'quota'];
const DAY_MS = 86_400_000;

/** Makes a key, confined as is chosen, and shows it this once. */
export function KeyDialog(props: {
  readonly consumer: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { onClose, onDone } = props;
  const { routes, curlOf } = useSurroundings();
  const [consumer, setConsumer] = useState(props.consumer);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [otherScopes, setOtherScopes] = useState('');
  const [days, setDays] = useState('90');
  const [cidrs, setCidrs] = useState('');
  const [restrictions, setRestrictions] = useState<Restrictions>(UNRESTRICTED);
  const [made, setMade] = useState<MadeKey>();
  const [busy, setBusy] = useState(false);
  const fault = useFormFault(FIELDS);
  const known = scopesOf(routes);
  const make = async (): Promise<void> => {
    setBusy(true);
    fault.clear();
    const answer = await ask<MadeKey>('POST', '/api/v1/keys', {
      body: {
        consumer: consumer.trim(),
        name: name.trim(),
        scopes: [...new Set([...scopes, ...wordsOf(otherScopes)])],
        allowedCidrs: wordsOf(cidrs),
        expiresAtMs: days === '0' ? 0 : Date.now() + Number(days) * DAY_MS,
        routes: restrictions.routes,
        ...(restrictions.rate.trim() === '' ? {} : { rate: restrictions.rate.trim() }),
        ...(restrictions.quota.trim() === '' ? {} : { quota: restrictions.quota.trim() }),
      },
    });
    setBusy(false);
    if (!answer.ok) {
      fault.tell('No key was made', answer.problem);
      return;
    }
    setMade(answer.value);
    onDone();
  };
  if (made !== undefined)
    return (
      <Dialog title={`The key of ${made.record.consumer}`} firm onClose={onClose} foot={<Done onClose={onClose} />}>
        <KeyShown made={made} curl={curlOf(made)} />
      </Dialog>
    );
  return (
    <Dialog
      title="New key"
      wide
      onClose={onClose}
      foot={
        <DialogFoot
          onClose={onClose}
          icon="keys"
          needs="operator"
          busy={busy}
          off={consumer.trim() === '' ? 'say whose key it is' : undefined}
          onClick={() => void make()}
        >
          Make the key
        </DialogFoot>
      }
    >
      <div class="grid-2">
        <TextField
          label="Whose key"
          hint="A consumer; it is registered where it is new"
          fault={fault.at('consumer')}
          value={consumer}
          maxlength={64}
          autofocus
          placeholder="acme"
          onInput={setConsumer}
        />
        <TextField
          label="Name"
          hint="So that people know it again"
          fault={fault.at('name')}
          value={name}
          maxlength={100}
          placeholder="nightly export"
          onInput={setName}
        />
      </div>
      <ScopeChoice known={known} chosen={scopes} onChange={setScopes} />
      <RestrictionFields routes={routes} value={restrictions} fault={fault} onChange={setRestrictions} />
      <SelectField label="It ends" fault={fault.at('expiresAtMs')} value={days} choices={ENDS} onChange={setDays} />
      <details open={fault.at('scopes') !== undefined || fault.at('allowedCidrs') !== undefined || undefined}>
        <summary>More</summary>
        <div class="section more-fields">
          <TextField
            label="Other scopes"
            hint="Which no route asks for yet; with spaces between"
            fault={fault.at('scopes')}
            value={otherScopes}
            onInput={setOtherScopes}
          />
          <AddressesField fault={fault.at('allowedCidrs')} value={cidrs} onInput={setCidrs} />
        </div>
      </details>
    </Dialog>
  );
}

export function Done({ onClose }: { readonly onClose: () => void }) {
  return (
    <Button kind="primary" icon="check" onClick={onClose}>
      I have it
    </Button>
  );
}
