import { useState } from 'preact/hooks';
import type { RecordedEvidence } from '../../../../src/detect/payload/recorded-evidence.ts';
import { ask } from '../../api/client.ts';
import type { Call } from '../../api/shapes.ts';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { failed, told } from '../../state/toast.ts';

const DAYS = ['1', '7', '30', '90', '365'].map((value) => ({ value, text: value === '1' ? '1 day' : `${value} days` }));

/** Lets one class of attack through at one place of one route, for a time; the toast takes it back. */
export function ExceptionDialog(props: {
  readonly call: Call;
  readonly evidence: RecordedEvidence;
  readonly onChanged: () => void;
  readonly onClose: () => void;
}) {
  const { call, evidence, onChanged, onClose } = props;
  const [days, setDays] = useState('30');
  const [who, setWho] = useState(call.consumer === '' ? 'all' : 'consumer');
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const add = async (): Promise<void> => {
    setBusy(true);
    const answer = await ask<{ readonly id: string }>('POST', '/api/v1/exceptions', {
      body: {
        route: call.routeId,
        path: evidence.path,
        class: evidence.attack,
        days: Number(days),
        ...(who === 'consumer' ? { consumer: call.consumer } : {}),
        ...(reason === '' ? {} : { reason }),
      },
    });
    setBusy(false);
    if (!answer.ok) {
      failed('No exception was made', answer.problem);
      return;
    }
    onClose();
    onChanged();
    told(`${evidence.attack} is let through at ${evidence.path} of ${call.routeId}`, {
      text: 'Undo',
      run: () => void takeBack(answer.value.id, onChanged),
    });
  };
  return (
    <Dialog
      title="Let this through"
      onClose={onClose}
      foot={
        <DialogFoot onClose={onClose} needs="operator" busy={busy} onClick={() => void add()}>
          Make the exception
        </DialogFoot>
      }
    >
      <p>
        From now on <strong>{evidence.attack}</strong> is let through at <code>{evidence.path}</code> of the route{' '}
        <strong>{call.routeId}</strong>, on every thread. Every other class, place and route stays as it is.
      </p>
      {call.consumer === '' ? null : (
        <SelectField
          label="For whom"
          value={who}
          onChange={setWho}
          choices={[
            { value: 'consumer', text: `Only for ${call.consumer}` },
            { value: 'all', text: 'For everybody' },
          ]}
        />
      )}
      <SelectField label="For how long" value={days} choices={DAYS} onChange={setDays} />
      <TextField
        label="Why"
        hint="For those who read it later"
        value={reason}
        maxlength={256}
        placeholder="the editor sends templates"
        onInput={setReason}
      />
    </Dialog>
  );
}

async function takeBack(id: string, onChanged: () => void): Promise<void> {
  const answer = await ask('DELETE', `/api/v1/exceptions/${encodeURIComponent(id)}`);
  if (answer.ok) {
    onChanged();
    told('The exception is taken back');
  } else failed('The exception is still there', answer.problem);
}
