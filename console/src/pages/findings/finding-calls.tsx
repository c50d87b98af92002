import type { Finding } from '../../../../src/core/finding.ts';
import { useResource } from '../../api/resource.ts';
import type { Call } from '../../api/shapes.ts';
import { OutcomeBadge } from '../../components/badge.tsx';
import { Icon } from '../../components/icon.tsx';
import { agoText, timeText } from '../../state/format.ts';

/** Around the first and last time, so that what led to it is in sight. */
const AROUND_MS = 300_000;

/** The calls that show it, and the way to all of whoever it was. */
export function FindingCalls({ finding }: { readonly finding: Finding }) {
  const { requestIds, actor } = finding;
  const all = callsOf(finding);
  if (requestIds.length === 0 && all === undefined) return null;
  return (
    <section class="section" aria-label="Evidence">
      <h3>Calls that show it</h3>
      {requestIds.length === 0 ? (
        <p class="soft">It was not seen in a call.</p>
      ) : (
        <ul class="finding-calls">
          {requestIds.map((requestId) => (
            <li key={requestId}>
              <CallLine requestId={requestId} />
            </li>
          ))}
        </ul>
      )}
      {all === undefined ? null : (
        <p>
          <a href={all}>All calls of {actor} in that time</a>
        </p>
      )}
    </section>
  );
}

function CallLine({ requestId }: { readonly requestId: string }) {
  const found = useResource<{ readonly call: Call }>(`/api/v1/calls/${encodeURIComponent(requestId)}`);
  switch (found.kind) {
    case 'loading':
      return <span class="faint">{requestId}</span>;
    case 'failed':
      return (
        <span class="faint">
          <code>{requestId}</code>{' '}
          {found.problem.status === 404 ? 'is no longer in the record' : `could not be read: ${found.problem.title}`}
        </span>
      );
    case 'ready': {
      const { call } = found.value;
      return (
        <a class="finding-call" href={`/calls?call=${encodeURIComponent(requestId)}`}>
          <OutcomeBadge outcome={call.outcome} plain />
          <span class="mono cut grow">
            {call.method} {call.path}
          </span>
          <time class="faint" title={timeText(call.timeMs)}>
            {agoText(call.timeMs)}
          </time>
          <Icon name="right" />
        </a>
      );
    }
  }
}

const ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$|^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i;

/** Actors are consumers or addresses; some detectors name a place, whose calls cannot be asked for. */
function callsOf({ actor, detector, firstMs, lastMs }: Finding): string | undefined {
  if (actor === '' || actor === 'others' || detector.startsWith('credential.') || detector.startsWith('issuer.'))
    return undefined;
  const query = new URLSearchParams({
    [ADDRESS.test(actor) ? 'address' : 'consumer']: actor,
    from: String(Math.floor(firstMs - AROUND_MS)),
    to: String(Math.ceil(lastMs + AROUND_MS)),
  });
  return `/calls?${query}`;
}
