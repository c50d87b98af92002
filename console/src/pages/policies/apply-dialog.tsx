import { useState } from 'preact/hooks';
import type { ConfigurationProblem } from '../../../../src/admin/services.ts';
import type { Problem } from '../../api/client.ts';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { Dialog } from '../../components/overlay.tsx';
import { Notice } from '../../components/panel.tsx';
import { countOf, countText } from '../../state/format.ts';
import { failed, told } from '../../state/toast.ts';
import { apply, fileName, readFile, type ShownFile, shown } from './configuration-draft.ts';
import { changesText, DiffView } from './diff-view.tsx';
import type { ReplayState } from './use-replay.ts';

/** Why a text is put into force, in the words of its dialog. */
const PURPOSES = {
  apply: { title: 'Apply the configuration', action: 'Apply', icon: 'check', done: 'The configuration is in force' },
  takeBack: {
    title: 'Take back the last change',
    action: 'Take it back',
    icon: 'undo',
    done: 'The former configuration is in force again',
  },
  putBack: {
    title: 'Put the change back',
    action: 'Put it back',
    icon: 'refresh',
    done: 'The change is in force again',
  },
} as const;

/** The last look before a configuration is put into force: what changes, and what a replay said of it. */
export function ApplyDialog(props: {
  readonly file: ShownFile;
  readonly after: string;
  readonly warnings: readonly ConfigurationProblem[];
  readonly replayed: ReplayState;
  readonly purpose?: keyof typeof PURPOSES;
  readonly onClose: () => void;
}) {
  const { file, after, warnings, replayed, onClose } = props;
  const { purpose = 'apply' } = props;
  const { title, action, icon, done } = PURPOSES[purpose];
  // What is confirmed is a change of the file as it was when this opened.
  const [base] = useState(file.fingerprint);
  const isOvertaken = file.fingerprint !== base;
  const before = file.text ?? '';
  const [busy, setBusy] = useState(false);
  const go = async (): Promise<void> => {
    setBusy(true);
    const answer = await apply(after, base ?? '');
    if (answer.ok) {
      const { former, fingerprint: applied } = shown.peek() ?? {};
      told(
        done,
        purpose === 'apply' && typeof former === 'string' && applied !== undefined
          ? { text: 'Undo', run: () => void takeBack(former, applied ?? '') }
          : undefined,
      );
    } else {
      failed('The configuration is not applied', explained(answer.problem));
      // What the file is now is shown, so that the screen does not go on telling of one that is gone.
      if (answer.problem.status === 409) await readFile();
    }
    setBusy(false);
    onClose();
  };
  return (
    <Dialog
      title={title}
      wide
      onClose={onClose}
      foot={
        <DialogFoot
          onClose={onClose}
          icon={icon}
          needs="administrator"
          busy={busy}
          off={isOvertaken ? 'the file was changed meanwhile: look at the changes first' : undefined}
          onClick={() => void go()}
        >
          {action}
        </DialogFoot>
      }
    >
      {isOvertaken && !busy ? (
        <Notice tone="observe" icon="alert">
          <strong>The file was changed meanwhile.</strong> Nothing is applied over it: leave this, and look at the
          changes.
        </Notice>
      ) : null}
      <p>
        <strong>{changesText(before, after)}.</strong> <code>{file.file}</code> is written and put into force on every
        thread; what stands there now is kept as <code>{fileName(file)}.previous</code>.
      </p>
      <ReplayNotice after={after} against={file.fingerprint} replayed={replayed} />
      {warnings.length === 0 ? null : (
        <Notice tone="observe" icon="alert">
          {warnings.length === 1 ? 'There is a warning' : `There are ${warnings.length} warnings`}:{' '}
          {warnings.map(({ message, line }) => `${message} (line ${line})`).join('; ')}
        </Notice>
      )}
      <DiffView before={before} after={after} label="What is applied" />
    </Dialog>
  );
}

function ReplayNotice(props: {
  readonly after: string;
  readonly against: string | null;
  readonly replayed: ReplayState;
}) {
  const { after, against, replayed } = props;
  if (replayed.kind !== 'done' || replayed.of.text !== after || replayed.against !== against)
    return (
      <Notice tone="unknown" icon="unknown">
        This text was not replayed: whom it would deny is not known.
      </Notice>
    );
  const { calls, counts, mayBeDenied } = replayed.comparison;
  if (calls === 0)
    return (
      <Notice tone="unknown" icon="unknown">
        There was no recorded call to replay: whom it would deny is not known.
      </Notice>
    );
  const isQuiet = counts.newlyDenied === 0 && mayBeDenied === 0;
  return (
    <Notice tone={isQuiet ? 'permit' : 'deny'} icon={isQuiet ? 'check' : 'block'}>
      The replay of <strong>{countOf(calls, 'call')}</strong>: <strong>{countText(counts.newlyDenied)}</strong> newly
      denied, <strong>{countText(counts.newlyAllowed)}</strong> newly allowed
      {mayBeDenied === 0 ? '' : `, ${countText(mayBeDenied)} may be denied`}.
    </Notice>
  );
}

/** Puts the text that was in force before in the place of the one of this fingerprint. */
async function takeBack(text: string, fingerprint: string): Promise<void> {
  const answer = await apply(text, fingerprint);
  if (answer.ok) told('The former configuration is in force again');
  else failed('The former configuration is not back', explained(answer.problem));
}

/** Where there is a list of problems, the first of them says more than that there are some. */
function explained(problem: Problem): Problem {
  const list = problem.more['problems'];
  if (!Array.isArray(list) || list.length === 0) return problem;
  const [first] = list as readonly ConfigurationProblem[];
  const others = list.length === 1 ? '' : `, and ${list.length - 1} more`;
  return { ...problem, detail: `line ${first?.line}: ${first?.message}${others}; ${problem.detail}` };
}
