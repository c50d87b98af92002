import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { CheckList } from '../../components/check-list.tsx';
import { CopyField, SecretField } from '../../components/copy-field.tsx';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { useFormFault } from '../../state/form-fault.ts';
import { AUTHENTICATIONS, GRANTS } from './client-texts.ts';
import { Done } from './key-dialog.tsx';
import type { ClientWithSecret } from './shapes.ts';
import { wordsOf } from './words.ts';

const FIELDS = ['name', 'consumer', 'grantTypes', 'authentication', 'redirectUris', 'scope'];
const WITH_CODE = 'authorization_code';

/** Registers an OAuth client, and shows its secret this once. */
export function ClientDialog({ onClose, onDone }: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [consumer, setConsumer] = useState('');
  const [name, setName] = useState('');
  const [grants, setGrants] = useState<readonly string[]>(['client_credentials']);
  const [authentication, setAuthentication] = useState('client_secret_basic');
  const [redirects, setRedirects] = useState('');
  const [scope, setScope] = useState('');
  const [made, setMade] = useState<ClientWithSecret>();
  const [busy, setBusy] = useState(false);
  const fault = useFormFault(FIELDS);
  const needsRedirect = grants.includes(WITH_CODE);
  const register = async (): Promise<void> => {
    setBusy(true);
    fault.clear();
    const answer = await ask<ClientWithSecret>('POST', '/api/v1/clients', {
      body: {
        consumer: consumer.trim(),
        name: name.trim(),
        grantTypes: grants,
        authentication,
        ...(needsRedirect ? { redirectUris: wordsOf(redirects) } : {}),
        ...(scope.trim() === '' ? {} : { scope: wordsOf(scope).join(' ') }),
      },
    });
    setBusy(false);
    if (!answer.ok) {
      fault.tell('No client was registered', answer.problem);
      return;
    }
    setMade(answer.value);
    onDone();
  };
  if (made !== undefined)
    return (
      <Dialog title={`The client ${made.name}`} firm onClose={onClose} foot={<Done onClose={onClose} />}>
        <ClientSecret client={made} />
      </Dialog>
    );
  const missing =
    consumer.trim() === '' || name.trim() === ''
      ? 'give it a name and a consumer'
      : grants.length === 0
        ? 'choose how it gets tokens'
        : needsRedirect && redirects.trim() === ''
          ? 'say where people are sent back to'
          : undefined;
  return (
    <Dialog
      title="New OAuth client"
      onClose={onClose}
      foot={
        <DialogFoot onClose={onClose} needs="administrator" busy={busy} off={missing} onClick={() => void register()}>
          Register the client
        </DialogFoot>
      }
    >
      <div class="grid-2">
        <TextField
          label="Name"
          hint="As people see it who are asked for consent"
          fault={fault.at('name')}
          value={name}
          maxlength={100}
          autofocus
          onInput={setName}
        />
        <TextField
          label="Consumer"
          hint="Its calls are made as this one"
          fault={fault.at('consumer')}
          value={consumer}
          maxlength={64}
          placeholder="acme"
          onInput={setConsumer}
        />
      </div>
      <CheckList
        label="It gets tokens"
        fault={fault.at('grantTypes')}
        choices={GRANTS}
        chosen={grants}
        onChange={setGrants}
      />
      <SelectField
        label="It proves itself by"
        fault={fault.at('authentication')}
        value={authentication}
        choices={AUTHENTICATIONS}
        onChange={setAuthentication}
      />
      {needsRedirect ? (
        <TextField
          label="People are sent back to"
          hint="Redirect addresses, with spaces between"
          fault={fault.at('redirectUris')}
          value={redirects}
          placeholder="https://app.example.com/callback"
          onInput={setRedirects}
        />
      ) : null}
      <TextField
        label="Scopes"
        hint="The most it may have, with spaces between; empty: every one"
        fault={fault.at('scope')}
        value={scope}
        placeholder="orders:read"
        onInput={setScope}
      />
    </Dialog>
  );
}

/** What a client needs to know of itself; its secret this once. */
export function ClientSecret({ client }: { readonly client: ClientWithSecret }) {
  return (
    <>
      <section class="section" aria-label="Client id">
        <h3>Client id</h3>
        <CopyField label="the client id" text={client.id} />
      </section>
      {client.secret === undefined ? (
        <p class="soft">It proves itself without a secret.</p>
      ) : (
        <section class="section" aria-label="Client secret">
          <h3>Client secret</h3>
          <SecretField label="the client secret" text={client.secret} />
        </section>
      )}
    </>
  );
}
