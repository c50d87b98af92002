import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ConfigurationProblem } from '../../../../src/admin/services.ts';
import type { Problem } from '../../api/client.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { CopyField } from '../../components/copy-field.tsx';
import { Empty, Failed, Notice, Panel, Skeleton } from '../../components/panel.tsx';
import { Segments } from '../../components/segments.tsx';
import { useShortcuts } from '../../state/keyboard.ts';
import { param, setParams } from '../../state/place.ts';
import { allows } from '../../state/session.ts';
import { configurationChanges } from '../../state/stream.ts';
import { told } from '../../state/toast.ts';
import { ApplyDialog } from './apply-dialog.tsx';
import {
  discard,
  edit,
  editedText,
  fileName,
  isChanged,
  isOvertaken,
  readFile,
  type ShownFile,
  shown,
} from './configuration-draft.ts';
import { changesText, DiffView } from './diff-view.tsx';
import { NotInForce, Overtaken, TakeBack, Unreadable } from './file-notices.tsx';
import { Problems } from './problems.tsx';
import { ReplayPanel } from './replay-panel.tsx';
import { RuleNotice } from './rule-notice.tsx';
import { type EditorHandle, TextEditor } from './text-editor.tsx';
import { useJudgement } from './use-judgement.ts';
import { useReplay } from './use-replay.ts';

/** The configuration as a file. */
export function FileView() {
  const [problem, setProblem] = useState<Problem>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    readFile(abort.signal).then(
      (answer) => setProblem(answer.ok ? undefined : answer.problem),
      () => undefined,
    );
    return () => abort.abort();
  }, [round, configurationChanges.value]);
  const file = shown.value;
  if (problem !== undefined && file === undefined)
    return <Failed problem={problem} again={() => setRound(round + 1)} />;
  if (file === undefined) return <Skeleton />;
  if (file.text === null && file.file !== null) return <Unreadable file={file} />;
  if (file.text === null)
    return (
      <Empty
        icon="policies"
        title="There is no file"
        text="The gateway runs by its defaults. Write one, check it, and start with it:"
      >
        <CopyField text={'sallyport check sallyport.yaml\nsallyport up --config sallyport.yaml'} label="the commands" />
      </Empty>
    );
  return <Workplace file={file} />;
}

const SIDES = [
  { value: 'text', text: 'Text' },
  { value: 'changes', text: 'Changes' },
] as const;

function Workplace({ file }: { readonly file: ShownFile }) {
  const text = editedText.value;
  const base = file.text ?? '';
  const changed = isChanged.value;
  const mayWrite = allows('administrator');
  const judgement = useJudgement(mayWrite ? text : undefined);
  // Who may not write has nothing judged; what the gateway says of the file is known to everybody.
  const problems = judgement.kind === 'judged' ? judgement.problems : mayWrite ? [] : file.refused;
  const isJudged = judgement.kind === 'judged' && judgement.of === text;
  const refused = file.refused.length > 0;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const replay = useReplay(file.fingerprint);
  const editor = useRef<EditorHandle>(null);
  const [applying, setApplying] = useState(false);
  const side = param('show') === 'changes' ? 'changes' : 'text';
  useLeaveWarning(changed);
  const applyOff = !changed
    ? 'nothing is changed'
    : isOvertaken.value
      ? 'the file was changed meanwhile: look at the changes first'
      : !isJudged
        ? 'it is being judged'
        : errors.length > 0
          ? 'it has errors'
          : undefined;
  useShortcuts([
    {
      key: 'mod+s',
      text: 'Apply the configuration, after a last look',
      run: () => {
        if (mayWrite && applyOff === undefined) setApplying(true);
      },
    },
  ]);
  const goTo = ({ line, column }: { readonly line: number; readonly column: number }): void => {
    setParams({ show: undefined });
    requestAnimationFrame(() => editor.current?.goTo(line, column));
  };
  const nextMark = useNextMark(problems, goTo);
  const marks = useMemo(() => problems.map(({ line, column, severity }) => ({ line, column, severity })), [problems]);
  return (
    <div class="policies-file">
      <Panel
        title={fileName(file)}
        class="policies-text"
        flush
        actions={
          <>
            <span class="soft policies-state" role="status">
              {changed ? changesText(base, text) : refused ? 'does not load' : 'as it is in force'}
            </span>
            <Segments
              label="Show"
              value={side}
              choices={SIDES}
              onChange={(value) => setParams({ show: value === 'text' ? undefined : value })}
            />
            {changed ? (
              <Button
                icon="undo"
                onClick={() => {
                  const dropped = text;
                  discard();
                  told('The changes are dropped', { text: 'Undo', run: () => edit(dropped) });
                }}
              >
                Drop
              </Button>
            ) : (
              <TakeBack file={file} replayed={replay.state} />
            )}
            <Button kind="primary" icon="check" needs="administrator" off={applyOff} onClick={() => setApplying(true)}>
              Apply…
            </Button>
          </>
        }
      >
        {isOvertaken.value ? <Overtaken /> : null}
        {refused ? <NotInForce file={file} onGo={changed ? undefined : goTo} /> : null}
        {file.masked ? (
          <Notice tone="unknown" icon="lock">
            Secrets that stand in the file are not shown to your role, and it cannot be written with it.
          </Notice>
        ) : null}
        {side === 'changes' ? (
          <DiffView before={base} after={text} label="Changes" />
        ) : (
          <TextEditor
            text={text}
            label="The configuration"
            describedBy="policies-judgement"
            marks={marks}
            readOnly={!mayWrite}
            onInput={edit}
            onNextMark={nextMark}
            handle={editor}
          />
        )}
      </Panel>
      <div class="stack policies-side">
        <RuleNotice
          text={text}
          onTake={(inserted) => {
            edit(inserted.text);
            goTo({ line: inserted.line, column: 1 });
          }}
        />
        {mayWrite ? (
          <Panel
            title="Check"
            actions={<Verdict errors={errors.length} warnings={problems.length - errors.length} known={isJudged} />}
          >
            {judgement.kind === 'none' ? <Skeleton /> : null}
            {judgement.kind === 'failed' ? <Failed problem={judgement.problem} again={judgement.again} /> : null}
            {judgement.kind === 'judged' ? <Problems problems={problems} onGo={goTo} /> : null}
          </Panel>
        ) : refused ? (
          <Panel title="Check">
            <Problems problems={problems} onGo={goTo} />
          </Panel>
        ) : null}
        <ReplayPanel
          text={text}
          against={file.fingerprint}
          replay={replay}
          off={isJudged && errors.length > 0 ? 'it has errors, and would not load' : undefined}
        />
      </div>
      {applying ? (
        <ApplyDialog
          file={file}
          after={text}
          warnings={problems.filter(({ severity }) => severity === 'warning')}
          replayed={replay.state}
          onClose={() => setApplying(false)}
        />
      ) : null}
    </div>
  );
}

function Verdict(props: { readonly errors: number; readonly warnings: number; readonly known: boolean }) {
  const { errors, warnings, known } = props;
  const many = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
  const look = !known
    ? ({ tone: 'unknown', icon: 'clock', text: 'Judging…' } as const)
    : errors > 0
      ? ({ tone: 'deny', icon: 'block', text: many(errors, 'error') } as const)
      : warnings > 0
        ? ({ tone: 'observe', icon: 'alert', text: `Would load, ${many(warnings, 'warning')}` } as const)
        : ({ tone: 'permit', icon: 'check', text: 'Would load' } as const);
  return (
    <span id="policies-judgement" role="status">
      <Badge {...look} />
    </span>
  );
}

/** Goes from one problem to the next, and from the last to the first. */
function useNextMark(
  problems: readonly ConfigurationProblem[],
  goTo: (problem: ConfigurationProblem) => void,
): () => void {
  const at = useRef(-1);
  return () => {
    at.current = (at.current + 1) % Math.max(1, problems.length);
    const next = problems[at.current];
    if (next !== undefined) goTo(next);
  };
}

/** The browser asks before it leaves with changes that are not applied. */
function useLeaveWarning(changed: boolean): void {
  useEffect(() => {
    if (!changed) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [changed]);
}
