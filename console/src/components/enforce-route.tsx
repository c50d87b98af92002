import { useEffect, useState } from 'preact/hooks';
import type { ReplayReport } from '../../../src/pipeline/replay.ts';
import { type Answer, ask } from '../api/client.ts';
import { countText } from '../state/format.ts';
import { type Before, enforceRoute } from '../state/modes.ts';
import { Button } from './button.tsx';
import { Dialog } from './overlay.tsx';
import { Failed, Notice, Skeleton } from './panel.tsx';

const DAY_MINUTES = 1_440;

/** Shows what enforcing a route would have done since yesterday, then does it; the toast takes it back. */
export function EnforceRoute({ routeId, onClose }: { readonly routeId: string; readonly onClose: () => void }) {
  const [report, setReport] = useState<Answer<ReplayReport>>();
  const [round, setRound] = useState(0);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    setReport(undefined);
    const abort = new AbortController();
    const body = { scope: 'route', target: routeId, sinceMinutes: DAY_MINUTES };
    ask<ReplayReport>('POST', '/api/v1/replay', { body, signal: abort.signal }).then(setReport, () => undefined);
    return () => abort.abort();
  }, [routeId, round]);
  const enforce = async (): Promise<void> => {
    setBusy(true);
    const before: Before | undefined = await enforceRoute(routeId);
    setBusy(false);
    if (before !== undefined) onClose();
  };
  return (
    <Dialog
      title={`Enforce the route ${routeId}`}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            icon="lock"
            needs="operator"
            off={busy ? 'asking the gateway' : report?.ok === true ? undefined : 'what it would do is not known yet'}
            onClick={() => void enforce()}
          >
            Enforce
          </Button>
        </>
      }
    >
      {report === undefined ? <Skeleton /> : null}
      {report?.ok === false ? <Failed problem={report.problem} again={() => setRound(round + 1)} /> : null}
      {report?.ok === true ? <Preview report={report.value} /> : null}
    </Dialog>
  );
}

function Preview({ report }: { readonly report: ReplayReport }) {
  const { calls, wouldDeny, byReason, byConsumer, byAddress } = report;
  if (calls === 0)
    return (
      <Notice tone="unknown" icon="unknown">
        Nobody called this route in the last 24 hours, so that nothing can be said of what enforcing would do.
      </Notice>
    );
  const who = [
    ...byConsumer.map(({ consumer, wouldDeny: denied }) => [consumer, denied] as const),
    ...byAddress.map(({ address, wouldDeny: denied }) => [address, denied] as const),
  ];
  return (
    <>
      <Notice tone={wouldDeny === 0 ? 'permit' : 'observe'} icon={wouldDeny === 0 ? 'check' : 'eye'}>
        Of the last 24 hours’ <strong>{countText(calls)}</strong> calls it would have denied{' '}
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
