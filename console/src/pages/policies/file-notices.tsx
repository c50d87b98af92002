import { useState } from 'preact/hooks';
import type { ConfigurationProblem } from '../../../../src/admin/services.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/panel.tsx';
import { setParams } from '../../state/place.ts';
import { takeBack } from './apply-dialog.tsx';
import { discard, type ShownFile, takeAsBase } from './configuration-draft.ts';

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

/** The way back from what was applied last, until the file changes again. */
export function TakeBack({ file: { former, fingerprint } }: { readonly file: ShownFile }) {
  const [busy, setBusy] = useState(false);
  if (former === null || fingerprint === null) return null;
  const run = async (): Promise<void> => {
    setBusy(true);
    await takeBack(former, fingerprint);
    setBusy(false);
  };
  return (
    <Button
      icon="undo"
      needs="administrator"
      off={busy ? 'it is being taken back' : undefined}
      onClick={() => void run()}
    >
      Take back the last change
    </Button>
  );
}
