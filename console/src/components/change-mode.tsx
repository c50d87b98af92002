import { useEffect, useState } from 'preact/hooks';
import type { ReplayReport } from '../../../src/pipeline/replay.ts';
import { type Answer, ask } from '../api/client.ts';
import { countOf, countText } from '../state/format.ts';
import { changeMode, type Mode, type ModeChange, modeSubject } from '../state/modes.ts';
import { DialogFoot } from './dialog-foot.tsx';
import { Dialog } from './overlay.tsx';
import { Failed, Notice, Skeleton } from './panel.tsx';

const DAY_MINUTES = 1_440;

const HINTS: Readonly<Partial<Record<ModeChange['scope'], string>>> = {
  stage: 'Where a route has a mode too, the milder of the two holds.',
  'route-stage': 'It holds over the modes of the route, of the stage and of the whole, until it is taken back.',
};

const VERBS: Readonly<Record<Mode, string>> = { enforce: 'Enforce', observe: 'Observe' };

/** Shows what enforcing or observing would have done since yesterday, then does it; the toast takes it back. */
export function ChangeMode(
  props: ModeChange & {
    /** Hears of the change, and of its being taken back. */
    readonly onChanged?: () => void;
    readonly onClose: () => void;
  },
) {
  const { scope, target, mode, onChanged, onClose } = props;
  const [report, setReport] = useState<Answer<ReplayReport>>();
  const [round, setRound] = useState(0);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    setReport(undefined);
    const abort = new AbortController();
    const body = { scope, target, sinceMinutes: DAY_MINUTES };
    ask<ReplayReport>('POST', '/api/v1/replay', { body, signal: abort.signal }).then(setReport, () => undefined);
    return () => abort.abort();
  }, [scope, target, round]);
  const change = async (): Promise<void> => {
    setBusy(true);
    const before = await changeMode({ scope, target, mode }, onChanged);
    setBusy(false);
    if (before !== undefined) onClose();
  };
  return (
    <Dialog
      title={`${VERBS[mode]} ${modeSubject(props)}`}
      onClose={onClose}
      foot={
        <DialogFoot
          onClose={onClose}
          kind={mode === 'enforce' ? 'primary' : 'danger'}
          icon={mode === 'enforce' ? 'lock' : 'eye'}
          needs="operator"
          busy={busy}
          off={report?.ok === true ? undefined : 'what it would do is not known yet'}
          onClick={() => void change()}
        >
          {VERBS[mode]}
        </DialogFoot>
      }
    >
      {report === undefined ? <Skeleton /> : null}
      {report?.ok === false ? <Failed problem={report.problem} again={() => setRound(round + 1)} /> : null}
      {report?.ok === true ? <Preview report={report.value} scope={scope} mode={mode} /> : null}
      {scope === 'stage' && target === 'route' ? (
        <p class="field-hint">
          It is the stage that looks for the route of a call: calls that match none are denied by it.
        </p>
      ) : null}
      {HINTS[scope] === undefined ? null : <p class="field-hint">{HINTS[scope]}</p>}
    </Dialog>
  );
}

function Preview(props: { readonly report: ReplayReport } & Pick<ModeChange, 'scope' | 'mode'>) {
  const { report, scope, mode } = props;
  const { calls, denied, deniedByStages, wouldDeny, byReason, byConsumer, byAddress } = report;
  if (calls === 0)
    return (
      <Notice tone="unknown" icon="unknown">
        Nobody called {scope === 'stage' ? '' : 'this route'} in the last 24 hours, so that nothing can be said of what
        it would do.
      </Notice>
    );
  if (mode === 'observe')
    return (
      <Notice tone={deniedByStages === 0 ? 'unknown' : 'observe'} icon="eye">
        Of <strong>{countOf(calls, 'call')}</strong> in the last 24 hours <strong>{countText(denied)}</strong>{' '}
        {denied === 1 ? 'was' : 'were'} denied
        {scope === 'route' ? '' : `, ${countText(deniedByStages)} of them by this stage`}. What is observed is recorded
        and goes through, attacks too.
      </Notice>
    );
  const who = [
    ...byConsumer.map(({ consumer, wouldDeny: denied }) => [consumer, denied] as const),
    ...byAddress.map(({ address, wouldDeny: denied }) => [address, denied] as const),
  ];
  return (
    <>
      <Notice tone={wouldDeny === 0 ? 'permit' : 'observe'} icon={wouldDeny === 0 ? 'check' : 'eye'}>
        Of <strong>{countOf(calls, 'call')}</strong> in the last 24 hours, it would have denied{' '}
        <strong>{countText(wouldDeny)}</strong> that went through.
      </Notice>
      <Counts title="Why" counts={byReason.map(({ reason, calls: count }) => [reason, count])} />
      <Counts title="Whose" counts={who} />
    </>
  );
}

function Counts({
  title,
  counts,
}: {
  readonly title: string;
  readonly counts: readonly (readonly [string, number])[];
}) {
  if (counts.length === 0) return null;
  return (
    <section class="section">
      <h3>{title}</h3>
      <ul class="counts">
        {counts.map(([name, count]) => (
          <li key={name}>
            <code>{name}</code> <span class="number">{countText(count)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
