import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { TextField } from '../../components/field.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { useFormFault } from '../../state/form-fault.ts';
import { setParams } from '../../state/place.ts';
import { told } from '../../state/toast.ts';
import { consumerPath } from './credential-actions.ts';
import type { Consumer } from './shapes.ts';
import { wordsOf } from './words.ts';

const FIELDS = ['name', 'groups', 'tier'];

/** Registers a consumer, or changes the groups and tier of one there is. */
export function ConsumerDialog(props: {
  readonly consumer?: Consumer;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { consumer, onClose, onDone } = props;
  const [name, setName] = useState(consumer?.name ?? '');
  const [groups, setGroups] = useState(consumer?.groups.join(' ') ?? '');
  const [tier, setTier] = useState(consumer?.tier ?? '');
  const [busy, setBusy] = useState(false);
  const fault = useFormFault(FIELDS);
  const save = async (): Promise<void> => {
    setBusy(true);
    fault.clear();
    const body = { groups: wordsOf(groups), tier: tier.trim() };
    const answer = await ask<Consumer>('PUT', consumerPath(name.trim()), { body });
    setBusy(false);
    if (!answer.ok) {
      fault.tell(consumer === undefined ? 'No consumer was made' : 'The consumer is as it was', answer.problem);
      return;
    }
    onDone();
    onClose();
    told(consumer === undefined ? `${name.trim()} is registered` : `${name.trim()} is changed`);
    if (consumer === undefined) setParams({ view: undefined, owner: name.trim() });
  };
  return (
    <Dialog
      title={consumer === undefined ? 'New consumer' : `Change ${consumer.name}`}
      onClose={onClose}
      foot={
        <DialogFoot
          onClose={onClose}
          needs="operator"
          busy={busy}
          off={name.trim() === '' ? 'give it a name' : undefined}
          onClick={() => void save()}
        >
          {consumer === undefined ? 'Register the consumer' : 'Save'}
        </DialogFoot>
      }
    >
      {consumer === undefined ? (
        <TextField
          label="Name"
          hint="Whoever calls: a team, a partner, an app"
          fault={fault.at('name')}
          value={name}
          maxlength={64}
          autofocus
          placeholder="acme"
          onInput={setName}
        />
      ) : null}
      <TextField
        label="Groups"
        hint="Rules of routes ask for them; with spaces between"
        fault={fault.at('groups')}
        value={groups}
        placeholder="partners beta"
        onInput={setGroups}
      />
      <TextField
        label="Tier"
        hint="Limits can differ by it"
        fault={fault.at('tier')}
        value={tier}
        maxlength={64}
        onInput={setTier}
      />
    </Dialog>
  );
}
