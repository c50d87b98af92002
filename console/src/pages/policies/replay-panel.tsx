import { useState } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { SelectField } from '../../components/field.tsx';
import { Failed, Notice, Panel } from '../../components/panel.tsx';
import { countText } from '../../state/format.ts';
import { ReplayReport } from './replay-report.tsx';
import type { Replay } from './use-replay.ts';

const SPANS = [
  { value: '60', text: 'The last hour' },
  { value: '1440', text: 'The last 24 hours' },
  { value: '10080', text: 'The last 7 days' },
];

/** Tries the text on calls that were recorded: who would be denied that was not. Changes nothing. */
export function ReplayPanel(props: {
  readonly text: string;
  /** Fingerprint of the file as it stands. */
  readonly against: string | null;
  readonly replay: Replay;
  /** Why there is nothing to replay at present. */
  readonly off: string | undefined;
}) {
  const { text, against, replay, off } = props;
  const [minutes, setMinutes] = useState('1440');
  const [enforce, setEnforce] = useState(false);
  const { state } = replay;
  const run = (): void => replay.run({ text, sinceMinutes: Number(minutes), enforce });
  return (
    <Panel title="Replay">
      <div class="stack">
        {state.kind === 'running' ? (
          <div class="row" role="status">
            <span class="replay-busy" aria-hidden="true" />
            <span class="grow number">
              {state.ending ? 'Ending…' : `Judging recorded calls anew: ${countText(state.calls)} so far`}
            </span>
            <Button
              needs="administrator"
              icon="close"
              off={state.ending ? 'it is being ended' : undefined}
              onClick={replay.cancel}
            >
              Cancel
            </Button>
          </div>
        ) : (
          <div class="replay-asked">
            <SelectField label="Calls of" value={minutes} choices={SPANS} onChange={setMinutes} />
            <label class="check">
              <input type="checkbox" checked={enforce} onChange={(event) => setEnforce(event.currentTarget.checked)} />
              As if every stage enforced
            </label>
            <Button icon="play" needs="administrator" off={off} onClick={run}>
              Replay
            </Button>
          </div>
        )}
        {state.kind === 'none' ? (
          <p class="soft">
            Judges recorded calls by this text, and lists who would be denied that was not. Nothing is changed and
            nothing is forwarded.
          </p>
        ) : null}
        {state.kind === 'failed' && state.problem.code === 'replay_running' ? (
          <Notice tone="observe" icon="clock">
            <p>Another replay runs on this gateway; there is one at a time.</p>
            <div class="row">
              <Button icon="refresh" onClick={() => replay.run(state.of)}>
                Try again
              </Button>
              <Button needs="administrator" onClick={replay.cancel}>
                End it
              </Button>
            </div>
          </Notice>
        ) : null}
        {state.kind === 'failed' && state.problem.code !== 'replay_running' ? (
          <Failed problem={state.problem} again={run} />
        ) : null}
        {state.kind === 'done' ? (
          <>
            {state.of.text === text ? null : (
              <Notice tone="unknown" icon="info">
                The text was changed since: this is what the earlier one would do.
              </Notice>
            )}
            {state.against === against ? null : (
              <Notice tone="unknown" icon="info">
                The file was changed since: this is next to the one before.
              </Notice>
            )}
            <ReplayReport comparison={state.comparison} enforced={state.of.enforce} />
          </>
        ) : null}
      </div>
    </Panel>
  );
}
