import './consumers.css';
import { useState } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { param, setParams } from '../../state/place.ts';
import { ClientsView } from './clients-view.tsx';
import { ConsumerDialog } from './consumer-dialog.tsx';
import { ConsumerDrawer } from './consumer-drawer.tsx';
import { ConsumersView } from './consumers-view.tsx';
import { KeyDialog } from './key-dialog.tsx';
import { KeyDrawer } from './key-drawer.tsx';
import { KeysView } from './keys-view.tsx';
import { SigningKeysView } from './signing-keys-view.tsx';

type View = 'consumers' | 'keys' | 'clients' | 'signing-keys';

const VIEWS: readonly { readonly value: View; readonly text: string }[] = [
  { value: 'consumers', text: 'Consumers' },
  { value: 'keys', text: 'Keys' },
  { value: 'clients', text: 'OAuth clients' },
  { value: 'signing-keys', text: 'Signing keys' },
];

/** What a view that is left takes along: nothing of its own. */
const LEFT = {
  consumer: undefined,
  status: undefined,
  weakness: undefined,
  owner: undefined,
  key: undefined,
  client: undefined,
};

export default function ConsumersPage() {
  const view = VIEWS.find(({ value }) => value === param('view'))?.value ?? 'consumers';
  // Counts what was changed: the lists behind are then read again.
  const [changes, setChanges] = useState(0);
  const changed = (): void => setChanges((before) => before + 1);
  const [asked, setAsked] = useState<'consumer' | 'key'>();
  const closeDialog = (): void => setAsked(undefined);
  const owner = param('owner');
  const key = param('key');
  return (
    <Page
      title="Consumers & keys"
      question="Who may call, with which credentials, and which of those are risky?"
      actions={
        view === 'consumers' || view === 'keys' ? (
          <>
            <Button icon="person" needs="operator" onClick={() => setAsked('consumer')}>
              New consumer
            </Button>
            <Button icon="plus" kind="primary" needs="operator" onClick={() => setAsked('key')}>
              New key
            </Button>
          </>
        ) : undefined
      }
    >
      <div class="row">
        <Segments
          label="What is listed"
          value={view}
          choices={VIEWS}
          onChange={(value) => setParams({ ...LEFT, view: value === 'consumers' ? undefined : value })}
        />
      </div>
      {view === 'consumers' ? <ConsumersView changes={changes} open={owner} /> : null}
      {view === 'keys' ? <KeysView changes={changes} open={key} onChanged={changed} /> : null}
      {view === 'clients' ? <ClientsView /> : null}
      {view === 'signing-keys' ? <SigningKeysView /> : null}
      {owner === undefined || key !== undefined ? null : (
        <ConsumerDrawer
          key={owner}
          name={owner}
          changes={changes}
          onChanged={changed}
          onClose={() => setParams({ owner: undefined })}
        />
      )}
      {key === undefined ? null : (
        <KeyDrawer
          key={key}
          keyId={key}
          changes={changes}
          onChanged={changed}
          onClose={() => setParams({ key: undefined })}
        />
      )}
      {asked === 'consumer' ? <ConsumerDialog onClose={closeDialog} onDone={changed} /> : null}
      {asked === 'key' ? <KeyDialog consumer={param('consumer') ?? ''} onClose={closeDialog} onDone={changed} /> : null}
    </Page>
  );
}
