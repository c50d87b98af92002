import { useEffect, useState } from 'preact/hooks';
import { type Answer, ask } from '../../api/client.ts';
import { Confirm } from '../../components/confirm.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Failed, Notice, Skeleton } from '../../components/panel.tsx';
import { countText } from '../../state/format.ts';
import { failed, told } from '../../state/toast.ts';

interface Selected {
  readonly count: number;
  readonly keyIds: readonly string[];
}

const DAY_MS = 86_400_000;
const IDS_SHOWN_MAX = 12;
const TYPING_MS = 250;

const WHICH = [
  { value: 'all', text: 'All of a consumer' },
  { value: 'leaked', text: 'Leaked ones' },
  { value: 'unused30', text: 'Not used for 30 days' },
  { value: 'unused90', text: 'Not used for 90 days' },
];

/** Ends many keys at once: which ones is shown first, and how many has to be typed. */
export function RevokeManyDialog(props: {
  readonly consumer: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { onClose, onDone } = props;
  const [which, setWhich] = useState(props.consumer === '' ? 'leaked' : 'all');
  const [consumer, setConsumer] = useState(props.consumer);
  const [openedAtMs] = useState(() => Date.now());
  const selection = selectionOf(which, consumer.trim(), openedAtMs);
  const { found, again } = useSelected(selection);
  const count = found?.ok === true ? found.value.count : 0;
  const revoke = async (): Promise<boolean> => {
    const body = { ...selection, reason: 'revoked in the console' };
    const answer = await ask<Selected>('POST', '/api/v1/keys/revoke', { body });
    if (answer.ok) {
      onDone();
      told(`${countText(answer.value.count)} ${answer.value.count === 1 ? 'key is' : 'keys are'} revoked`);
    } else failed('No key was revoked', answer.problem);
    return answer.ok;
  };
  return (
    <Confirm
      title="Revoke many keys"
      action={count === 0 ? 'Revoke' : `Revoke ${countText(count)} ${count === 1 ? 'key' : 'keys'}`}
      needs="operator"
      word={count === 0 ? 'how many there are' : String(count)}
      onClose={onClose}
      onConfirm={revoke}
    >
      <SelectField label="Which keys" value={which} choices={WHICH} onChange={setWhich} />
      <TextField
        label="Consumer"
        hint={which === 'all' ? 'Whose keys' : 'Empty: of every consumer'}
        value={consumer}
        maxlength={64}
        onInput={setConsumer}
      />
      {selection === undefined ? (
        <p class="soft">Say whose keys.</p>
      ) : found === undefined ? (
        <Skeleton />
      ) : found.ok ? (
        <Found selected={found.value} />
      ) : (
        <Failed problem={found.problem} again={again} />
      )}
    </Confirm>
  );
}

function Found({ selected }: { readonly selected: Selected }) {
  const { count, keyIds } = selected;
  if (count === 0)
    return (
      <Notice tone="permit" icon="check">
        No key fits.
      </Notice>
    );
  const shown = keyIds.slice(0, IDS_SHOWN_MAX);
  return (
    <Notice tone="deny" icon="alert">
      <p>
        <strong>
          {countText(count)} {count === 1 ? 'key ends' : 'keys end'}
        </strong>{' '}
        at once, on every thread. That cannot be taken back.
      </p>
      <p class="mono key-ids">
        {shown.join(' ')}
        {count > shown.length ? ` and ${countText(count - shown.length)} more` : ''}
      </p>
    </Notice>
  );
}

type Selection = Readonly<Record<string, string | number | boolean>>;

/** As the admin API takes it; undefined where it would mean nothing yet. */
function selectionOf(which: string, consumer: string, nowMs: number): Selection | undefined {
  const whose = consumer === '' ? {} : { consumer };
  switch (which) {
    case 'leaked':
      return { ...whose, leaked: true };
    case 'unused30':
      return { ...whose, unusedSinceMs: nowMs - 30 * DAY_MS };
    case 'unused90':
      return { ...whose, unusedSinceMs: nowMs - 90 * DAY_MS };
    default:
      return consumer === '' ? undefined : { consumer };
  }
}

/** Which keys it would be, asked when typing pauses. */
function useSelected(selection: Selection | undefined): {
  readonly found: Answer<Selected> | undefined;
  readonly again: () => void;
} {
  const [found, setFound] = useState<Answer<Selected>>();
  const [round, setRound] = useState(0);
  const text = selection === undefined ? '' : JSON.stringify({ ...selection, dryRun: true });
  useEffect(() => {
    setFound(undefined);
    if (text === '') return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const body: unknown = JSON.parse(text);
      ask<Selected>('POST', '/api/v1/keys/revoke', { body, signal: abort.signal }).then(setFound, () => undefined);
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, round]);
  return { found, again: () => setRound((before) => before + 1) };
}
