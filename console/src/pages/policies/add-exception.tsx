import { useState } from 'preact/hooks';
import type { AttackClass } from '../../../../src/detect/attack-class.ts';
import { ask, type Problem } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import type { PageOf, RouteLine } from '../../api/shapes.ts';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { Notice } from '../../components/panel.tsx';
import { failed, told } from '../../state/toast.ts';

/** All of them: what is missing here does not compile. */
const CLASSES = Object.keys({
  sqli: true,
  nosqli: true,
  xss: true,
  cmd: true,
  traversal: true,
  template: true,
  ssrf: true,
  xxe: true,
  deserialisation: true,
  prototype: true,
  crlf: true,
  ldap: true,
  log4shell: true,
  code: true,
} satisfies Record<AttackClass, true>);
const DAYS = ['1', '7', '30', '90', '365'].map((value) => ({ value, text: value === '1' ? '1 day' : `${value} days` }));

/** Lets one class of attack through at a place, for a time. */
export function AddException(props: { readonly onAdded: () => void; readonly onClose: () => void }) {
  const routes = useResource<PageOf<RouteLine>>('/api/v1/routes');
  const [route, setRoute] = useState('');
  const [path, setPath] = useState('');
  const [attack, setAttack] = useState('sqli');
  const [consumer, setConsumer] = useState('');
  const [days, setDays] = useState('30');
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const add = async (): Promise<void> => {
    setBusy(true);
    const answer = await ask<{ readonly id: string }>('POST', '/api/v1/exceptions', {
      body: {
        route,
        path: path.trim(),
        class: attack,
        consumer: consumer.trim(),
        reason: reason.trim(),
        days: Number(days),
      },
    });
    setBusy(false);
    if (!answer.ok) {
      setProblem(answer.problem);
      return;
    }
    props.onAdded();
    props.onClose();
    const { id } = answer.value;
    told('The exception is in force', { text: 'Undo', run: () => void takeBack(id, props.onAdded) });
  };
  const routeIds = routes.kind === 'ready' ? routes.value.items.map(({ id }) => id) : [];
  return (
    <Dialog
      title="Add an exception"
      onClose={props.onClose}
      foot={
        <DialogFoot
          onClose={props.onClose}
          needs="operator"
          busy={busy}
          off={route === '' && path.trim() === '' ? 'name a route or a place' : undefined}
          onClick={() => void add()}
        >
          Add it
        </DialogFoot>
      }
    >
      <SelectField
        label="Of which attack"
        value={attack}
        choices={CLASSES.map((value) => ({ value, text: value }))}
        onChange={setAttack}
      />
      <SelectField
        label="On which route"
        value={route}
        choices={[
          { value: '', text: 'Every route that looks for attacks' },
          ...routeIds.map((id) => ({ value: id, text: id })),
        ]}
        onChange={setRoute}
      />
      <TextField
        label="At which place"
        hint={
          <>
            Such as <code>query.name</code>, <code>body.note</code> or <code>body.document.*</code>; empty: every place
            of the route
          </>
        }
        value={path}
        maxlength={256}
        onInput={setPath}
      />
      <TextField
        label="For which consumer"
        hint="Empty: everybody"
        value={consumer}
        maxlength={128}
        onInput={setConsumer}
      />
      <SelectField label="For how long" value={days} choices={DAYS} onChange={setDays} />
      <TextField label="Why" hint="For those who read it later" value={reason} maxlength={256} onInput={setReason} />
      {problem === undefined ? null : (
        <Notice tone="deny" icon="alert">
          <span role="alert">
            {problem.title}
            {problem.detail === '' ? '' : `: ${problem.detail}`}. Nothing was added.
          </span>
        </Notice>
      )}
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
