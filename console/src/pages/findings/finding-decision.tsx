import { useState } from 'preact/hooks';
import type { Finding, FindingStatus } from '../../../../src/core/finding.ts';
import { ask } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { failed, told } from '../../state/toast.ts';

/** The word of the admin API for what a finding becomes. */
const VERBS: Readonly<Record<FindingStatus, string>> = {
  open: 'reopen',
  resolved: 'resolve',
  expected: 'expected',
  snoozed: 'snooze',
};

const BECAME: Readonly<Record<FindingStatus, string>> = {
  open: 'The finding is open again',
  resolved: 'The finding is resolved; it opens again when it is seen again',
  expected: 'The finding is as expected; it is counted and stays closed',
  snoozed: 'The finding is snoozed until it is worse',
};

/** What somebody makes of a finding, with a word for those who read it later; the toast takes it back. */
export function FindingDecision({ finding, onChanged }: { readonly finding: Finding; readonly onChanged: () => void }) {
  const [note, setNote] = useState('');
  const [busy, setBusy] = useState(false);
  const decide = async (status: FindingStatus, word: string): Promise<boolean> => {
    const path = `/api/v1/findings/${encodeURIComponent(finding.id)}/${VERBS[status]}`;
    const answer = await ask<Finding>('POST', path, { body: { note: word } });
    if (!answer.ok) failed('The finding is as it was', answer.problem);
    else onChanged();
    return answer.ok;
  };
  const press = async (status: FindingStatus): Promise<void> => {
    setBusy(true);
    const before = finding.status;
    const done = await decide(status, note.trim());
    setBusy(false);
    if (!done) return;
    setNote('');
    told(BECAME[status], {
      text: 'Undo',
      run: () => void decide(before, '').then((ok) => (ok ? told(BECAME[before]) : undefined)),
    });
  };
  const off = busy ? 'asking the gateway' : undefined;
  return (
    <section class="section finding-decision" aria-label="Decide">
      <h3>{finding.status === 'open' ? 'What becomes of it' : 'Decided'}</h3>
      {finding.status === 'open' ? (
        <>
          <TextField
            label="A word about it"
            hint="For those who read it later; may be left empty"
            value={note}
            maxlength={500}
            placeholder="the partner’s new office"
            onInput={setNote}
          />
          <div class="row">
            <Button kind="primary" icon="check" needs="operator" off={off} onClick={() => void press('resolved')}>
              Resolve
            </Button>
            <Button icon="eye" needs="operator" off={off} onClick={() => void press('expected')}>
              It is expected
            </Button>
            <Button icon="clock" needs="operator" off={off} onClick={() => void press('snoozed')}>
              Snooze until worse
            </Button>
          </div>
          <p class="field-hint">
            Resolved opens again when it is seen again; expected never does; snoozed does when it is more severe, or was
            seen as often again.
          </p>
        </>
      ) : (
        <>
          {finding.resolution === '' ? null : <p class="finding-note">{finding.resolution}</p>}
          <div class="row">
            <Button icon="undo" needs="operator" off={off} onClick={() => void press('open')}>
              Open it again
            </Button>
          </div>
        </>
      )}
    </section>
  );
}
