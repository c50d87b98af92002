import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { CopyField, SecretField } from '../../components/copy-field.tsx';
import { TextField } from '../../components/field.tsx';
import { useFormFault } from '../../state/form-fault.ts';

export interface MadeKey {
  readonly key: string;
  readonly keyId: string;
  readonly header: string;
}

/** Makes the first key and shows it this once, with a line to paste. */
export function KeyStep(props: {
  readonly hasKey: boolean;
  readonly isNext: boolean;
  /** What the route asks of whoever calls it; undefined: not known yet, and no key is made without it. */
  readonly scopes: readonly string[] | undefined;
  /** The key that was made here, as long as the page is there. */
  readonly made: MadeKey | undefined;
  readonly curlOf: (key: string, header: string) => string;
  readonly onMade: (made: MadeKey) => void;
}) {
  const [consumer, setConsumer] = useState('acme');
  const [busy, setBusy] = useState(false);
  const fault = useFormFault(['consumer']);
  const make = async (scopes: readonly string[]): Promise<void> => {
    setBusy(true);
    fault.clear();
    const answer = await ask<MadeKey>('POST', '/api/v1/keys', {
      body: { consumer: consumer.trim(), scopes },
    });
    setBusy(false);
    if (!answer.ok) {
      fault.tell('No key was made', answer.problem);
      return;
    }
    props.onMade(answer.value);
  };
  const { made } = props;
  if (made !== undefined)
    return (
      <>
        <SecretField label="the key" text={made.key} />
        <CopyField label="the command with the key" text={props.curlOf(made.key, made.header)} />
      </>
    );
  return (
    <form
      class="section"
      onSubmit={(event) => {
        event.preventDefault();
        if (consumer.trim() !== '' && props.scopes !== undefined) void make(props.scopes);
      }}
    >
      <TextField
        label="Whose key"
        hint={`A consumer is whoever calls: a team, a partner, an app.${scopesText(props.scopes)}`}
        fault={fault.at('consumer')}
        value={consumer}
        maxlength={64}
        onInput={setConsumer}
      />
      <div class="row">
        <Button
          type="submit"
          icon="keys"
          needs="operator"
          kind={props.isNext ? 'primary' : 'plain'}
          off={whyOff(busy, consumer, props.scopes)}
        >
          Make {props.hasKey ? 'another' : 'the'} key
        </Button>
      </div>
    </form>
  );
}

function whyOff(busy: boolean, consumer: string, scopes: readonly string[] | undefined): string | undefined {
  if (busy) return 'asking the gateway';
  if (scopes === undefined) return 'the routes are not read yet';
  return consumer.trim() === '' ? 'say whose key it is' : undefined;
}

function scopesText(scopes: readonly string[] = []): string {
  return scopes.length === 0 ? '' : ` The key gets what the route asks for: ${scopes.join(', ')}.`;
}
