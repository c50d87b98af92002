import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { CopyField } from '../../components/copy-field.tsx';
import { type Column, DataTable, RowSecond } from '../../components/data-table.tsx';
import { Loaded, Panel } from '../../components/panel.tsx';
import { agoText, timeText } from '../../state/format.ts';
import { failed, told } from '../../state/toast.ts';
import { NoIssuer } from './no-issuer.tsx';
import type { SigningKeysView as KeysAnswer } from './shapes.ts';

type Row = KeysAnswer['items'][number];
type How = 'scheduled' | 'now' | 'emergency';

/** The keys tokens are signed with and where they are in their life; rotation out of turn. */
export function SigningKeysView() {
  const keys = useResource<KeysAnswer>('/api/v1/signing-keys');
  const [asked, setAsked] = useState<How>();
  if (keys.kind === 'failed' && keys.problem.code === 'issuer_off') return <NoIssuer />;
  return (
    <>
      <Panel
        title="Signing keys"
        flush
        class="credentials-panel"
        actions={
          <>
            <Button icon="clock" needs="administrator" onClick={() => setAsked('scheduled')}>
              Rotate on schedule
            </Button>
            <Button icon="refresh" needs="administrator" onClick={() => setAsked('now')}>
              Rotate now
            </Button>
            <Button kind="danger" icon="alert" needs="administrator" onClick={() => setAsked('emergency')}>
              Emergency
            </Button>
          </>
        }
      >
        <Loaded from={keys}>
          {({ items, nextChangeAtMs }) => (
            <>
              <DataTable label="Where each is in its life" columns={COLUMNS} rows={items} keyOf={({ kid }) => kid} />
              <p class="credentials-more soft">
                {nextChangeAtMs === null
                  ? 'No change is foreseen.'
                  : `They change by themselves ${agoText(nextChangeAtMs)}, on ${timeText(nextChangeAtMs)}.`}
              </p>
            </>
          )}
        </Loaded>
      </Panel>
      <Reset />
      {asked === undefined ? null : <RotateKeys how={asked} onClose={() => setAsked(undefined)} onDone={keys.reload} />}
    </>
  );
}

const QUESTIONS: Readonly<Record<How, { readonly title: string; readonly action: string; readonly text: string }>> = {
  scheduled: {
    title: 'Rotate on schedule',
    action: 'Publish the next key',
    text: 'The next key is published now, and signs after the time the configuration leaves for others to fetch it. No token is refused.',
  },
  now: {
    title: 'Rotate now',
    action: 'Sign with a new key',
    text: 'A new key signs at once. Tokens under the old one go on being valid; an API that caches keys has to fetch them again.',
  },
  emergency: {
    title: 'Emergency rotation',
    action: 'Refuse every token',
    text: 'A new key signs at once, and every token under any other key is refused on every thread: each client and person has to get a new one. For a key that is known to others. That cannot be taken back.',
  },
};

function RotateKeys(props: { readonly how: How; readonly onClose: () => void; readonly onDone: () => void }) {
  const { how, onClose, onDone } = props;
  const { title, action, text } = QUESTIONS[how];
  const rotate = async (): Promise<boolean> => {
    const answer = await ask<KeysAnswer>('POST', '/api/v1/signing-keys/rotate', { body: { how } });
    if (answer.ok) {
      onDone();
      told(how === 'emergency' ? 'A new key signs; tokens under others are refused' : 'The signing keys are rotated');
    } else failed('The signing keys are as they were', answer.problem);
    return answer.ok;
  };
  return (
    <Confirm
      title={title}
      action={action}
      icon={how === 'emergency' ? 'alert' : 'refresh'}
      kind={how === 'emergency' ? 'danger' : 'primary'}
      needs="administrator"
      {...(how === 'emergency' ? { word: 'emergency' } : {})}
      onClose={onClose}
      onConfirm={rotate}
    >
      <p>{text}</p>
    </Confirm>
  );
}

/** What only helps while no gateway runs: so it is said here, and done there. */
function Reset() {
  return (
    <details class="panel reset">
      <summary>Keys that nobody can open any more</summary>
      <div class="section">
        <p>
          Signing keys are sealed. Where the sealing key is lost, the gateway does not start: then reset forgets the
          signing keys and everything sealed with them, and everybody has to sign in again. It works only while no
          gateway runs, so it is a command:
        </p>
        <CopyField label="the command" text="sallyport signing-keys reset" />
      </div>
    </details>
  );
}

function State({ state }: { readonly state: string }) {
  switch (state) {
    case 'signing':
      return <Badge tone="permit" icon="check" text="Signing" plain />;
    case 'published':
      return <Badge tone="observe" icon="clock" text="Published, signs next" plain />;
    case 'retired':
      return <Badge tone="unknown" icon="eye" text="Retired, still verifies" plain />;
    case 'removed':
      return <Badge tone="unknown" icon="block" text="Removed" plain />;
    default:
      return <Badge tone="unknown" icon="unknown" text="Unknown" plain />;
  }
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'kid',
    title: 'Key',
    cell: ({ kid, state }) => (
      <>
        <code class="cut">{kid}</code>
        <RowSecond>
          <State state={state} />
        </RowSecond>
      </>
    ),
  },
  { id: 'algorithm', title: 'Algorithm', width: '7rem', priority: 2, cell: ({ algorithm }) => algorithm },
  { id: 'state', title: 'State', width: '13rem', priority: 2, cell: ({ state }) => <State state={state} /> },
  { id: 'signs', title: 'Signs from', width: '13rem', priority: 2, cell: ({ signsFromMs }) => <At ms={signsFromMs} /> },
  { id: 'until', title: 'Until', width: '13rem', priority: 3, cell: ({ retiredAtMs }) => <At ms={retiredAtMs} /> },
  {
    id: 'gone',
    title: 'Verifies until',
    width: '13rem',
    priority: 3,
    cell: ({ removedAtMs }) => <At ms={removedAtMs} />,
  },
];

function At({ ms }: { readonly ms: number }) {
  if (ms === 0) return <span class="faint">–</span>;
  return <time title={agoText(ms)}>{timeText(ms)}</time>;
}
