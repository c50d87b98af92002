import { useState } from 'preact/hooks';
import type { ConfigurationProblem } from '../../../../src/admin/services.ts';
import { Button } from '../../components/button.tsx';
import { Notice, Panel } from '../../components/panel.tsx';
import { setParams } from '../../state/place.ts';
import { ApplyDialog } from './apply-dialog.tsx';
import { discard, type ShownFile, takeAsBase } from './configuration-draft.ts';
import type { ReplayState } from './use-replay.ts';

export function Overtaken() {
  return (
    <Notice tone="observe" icon="alert">
      <p>
        <strong>The file was changed meanwhile.</strong> Yours is shown beside the new one; what somebody else wrote and
        yours does not have would be taken away.
      </p>
      <div class="row">
        <Button onClick={() => setParams({ show: 'changes' })}>See the changes</Button>
        <Button onClick={takeAsBase}>Go on from the new file</Button>
        <Button icon="undo" onClick={discard}>
          Drop mine
        </Button>
      </div>
    </Notice>
  );
}

/** What stands on disk is not what calls are judged by, and why. `onGo` undefined: another text than that is shown. */
export function NotInForce(props: {
  readonly file: ShownFile;
  readonly onGo: ((problem: ConfigurationProblem) => void) | undefined;
}) {
  const { onGo } = props;
  const [first, ...others] = props.file.refused.filter(({ severity }) => severity === 'error');
  if (first === undefined) return null;
  return (
    <Notice tone="deny" icon="alert">
      <p>
        <strong>The file on disk does not load; the version before it is in force.</strong> Line {first.line}:{' '}
        {first.message}
        {others.length === 0 ? '' : `, and ${others.length} more`}
      </p>
      {onGo === undefined ? null : (
        <div class="row">
          <Button onClick={() => onGo(first)}>Go to line {first.line}</Button>
        </div>
      )}
    </Notice>
  );
}

/** The way back from what was applied last, until the file changes again, and back from that; each after a look at what it would change. */
export function TakeBack({ file, replayed }: { readonly file: ShownFile; readonly replayed: ReplayState }) {
  const { former, formerIsTakenBack } = file;
  const [asked, setAsked] = useState<{ readonly text: string; readonly purpose: 'takeBack' | 'putBack' }>();
  return (
    <>
      {former === null ? null : (
        <Button
          icon={formerIsTakenBack ? 'refresh' : 'undo'}
          needs="administrator"
          onClick={() => setAsked({ text: former, purpose: formerIsTakenBack ? 'putBack' : 'takeBack' })}
        >
          {formerIsTakenBack ? 'Put back…' : 'Take back…'}
          <span class="visually-hidden"> the last change</span>
        </Button>
      )}
      {asked === undefined ? null : (
        <ApplyDialog
          file={file}
          after={asked.text}
          warnings={[]}
          replayed={replayed}
          purpose={asked.purpose}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

/** The file that was in use is gone or cannot be read: what it said last goes on, and can be looked at. */
export function Unreadable({ file: { file, refused, configuration } }: { readonly file: ShownFile }) {
  const why = refused.find(({ severity }) => severity === 'error')?.message;
  return (
    <Panel title="The configuration">
      <div class="section">
        <Notice tone="deny" icon="alert">
          <p>
            <strong>The file cannot be read; the version before it is in force.</strong> <code>{file}</code>
            {why === undefined ? '' : `: ${why}`}
          </p>
          <p>Put it back where it was: it is taken up as it comes, and so is this page.</p>
        </Notice>
        <details>
          <summary>What is in force, without its secrets</summary>
          <pre class="in-force" tabIndex={0}>
            {JSON.stringify(configuration, null, 2)}
          </pre>
        </details>
      </div>
    </Panel>
  );
}
