import { useResource } from '../../api/resource.ts';
import { Loaded, Notice } from '../../components/panel.tsx';
import { agoText, countOf, countText, timeText } from '../../state/format.ts';
import { KeyUsageChart } from './key-usage-chart.tsx';
import type { Key, KeyUsage } from './shapes.ts';

const LINES_MAX = 6;

/** How a key is used: over time, and by whom in all; of a key that was replaced, who uses it still. */
export function KeyUsageView({ of: key, tick }: { readonly of: Key; readonly tick: unknown }) {
  const usage = useResource<KeyUsage>(`/api/v1/keys/${encodeURIComponent(key.keyId)}/usage`, {}, tick);
  return (
    <section class="section" aria-label="Usage">
      <h3>Usage</h3>
      <Loaded from={usage}>
        {(value) =>
          value.calls === 0 ? (
            <p class="soft">Nobody has used it yet.</p>
          ) : (
            <>
              {value.rotatedAtMs === 0 ? null : <StillUsed of={key} usage={value} tick={tick} />}
              <p class="soft">
                {countOf(value.calls, 'call')}, {value.refusals === 0 ? 'none' : countText(value.refusals)} denied;
                first {agoText(value.firstUsedMs)}, last {agoText(value.lastUsedMs)}.{' '}
                <a href={`/calls?credential=${encodeURIComponent(key.keyId)}&range=24h`}>See its calls</a>
              </p>
              <KeyUsageChart usage={value} />
              <Who usage={value} />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

/** In less time nothing follows from nobody having used it. */
const DAY_MS = 86_400_000;

/** Whoever called with it since its successor was made. */
function StillUsed(props: { readonly of: Key; readonly usage: KeyUsage; readonly tick: unknown }) {
  const { of: key, usage, tick } = props;
  const path = usage.usedSinceRotation ? `/api/v1/keys/${encodeURIComponent(key.keyId)}/usage` : undefined;
  const since = useResource<KeyUsage>(path, { since: usage.rotatedAtMs }, tick);
  if (!usage.usedSinceRotation)
    return (
      <Notice tone="permit" icon="check">
        Nobody has used it since it was replaced {agoText(usage.rotatedAtMs)}.
        {Date.now() - usage.rotatedAtMs < DAY_MS ? '' : ' It can be revoked.'}
      </Notice>
    );
  return (
    <Notice tone="observe" icon="alert">
      <p>
        <strong>Still used</strong> although it was replaced {agoText(usage.rotatedAtMs)}, by:
      </p>
      <Loaded from={since}>
        {(value) => (
          <ul class="still-used">
            {value.addresses.map(({ value: address, lastMs }) => (
              <li key={address}>
                <a href={`/calls?credential=${encodeURIComponent(key.keyId)}&address=${encodeURIComponent(address)}`}>
                  {address}
                </a>{' '}
                <span class="soft">last {agoText(lastMs)}</span>
              </li>
            ))}
            {value.agents.map(({ value: agent, lastMs }) => (
              <li key={agent}>
                <code>{agent}</code> <span class="soft">last {agoText(lastMs)}</span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Notice>
  );
}

function Who({ usage }: { readonly usage: KeyUsage }) {
  return (
    <div class="usage-counts">
      <Counts title="Addresses" counts={usage.addresses} />
      <Counts title="Agents" counts={usage.agents} />
      <Counts title="Routes" counts={usage.routes} />
    </div>
  );
}

function Counts({ title, counts }: { readonly title: string; readonly counts: KeyUsage['addresses'] }) {
  if (counts.length === 0) return null;
  const shown = counts.toSorted((one, other) => other.calls - one.calls).slice(0, LINES_MAX);
  return (
    <section class="section" aria-label={title}>
      <h4 class="faint">{title}</h4>
      <ul class="counts">
        {shown.map(({ value, calls, lastMs }) => (
          <li key={value}>
            <span class="cut mono" title={`${value}, last ${timeText(lastMs)}`}>
              {value}
            </span>
            <span class="number">{countText(calls)}</span>
          </li>
        ))}
        {counts.length > shown.length ? (
          <li class="faint">and {countText(counts.length - shown.length)} more</li>
        ) : null}
      </ul>
    </section>
  );
}
