import { useMemo } from 'preact/hooks';
import { useResource } from '../../api/resource.ts';
import type { Call, PageOf } from '../../api/shapes.ts';
import { Chart } from '../../components/chart.tsx';
import { Loaded, Notice } from '../../components/panel.tsx';
import { agoText, countText, timeText } from '../../state/format.ts';
import type { Key, KeyUsage } from './shapes.ts';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const CALLS_MAX = 500;
const LINES_MAX = 6;

/** How a key is used: over the last day, and by whom in all; of a key that was replaced, who uses it still. */
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
                {countText(value.calls)} {value.calls === 1 ? 'call' : 'calls'},{' '}
                {value.refusals === 0 ? 'none' : countText(value.refusals)} of them denied; first{' '}
                {agoText(value.firstUsedMs)}, last {agoText(value.lastUsedMs)}.{' '}
                <a href={`/calls?credential=${encodeURIComponent(key.keyId)}&range=24h`}>See its calls</a>
              </p>
              <LastDay keyId={key.keyId} tick={tick} />
              <Who usage={value} />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

/** Whoever called with it since its successor was made. */
function StillUsed(props: { readonly of: Key; readonly usage: KeyUsage; readonly tick: unknown }) {
  const { of: key, usage, tick } = props;
  const path = usage.usedSinceRotation ? `/api/v1/keys/${encodeURIComponent(key.keyId)}/usage` : undefined;
  const since = useResource<KeyUsage>(path, { since: usage.rotatedAtMs }, tick);
  if (!usage.usedSinceRotation)
    return (
      <Notice tone="permit" icon="check">
        Nobody has used it since it was replaced: it can be revoked.
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

/** Calls in each hour of the last day, of the newest that are recorded. */
function LastDay({ keyId, tick }: { readonly keyId: string; readonly tick: unknown }) {
  const beganMs = useMemo(() => (Math.floor(Date.now() / HOUR_MS) - HOURS + 1) * HOUR_MS, [tick]);
  const calls = useResource<PageOf<Call>>(
    '/api/v1/calls',
    { credential: keyId, from: beganMs, limit: CALLS_MAX },
    tick,
  );
  return (
    <Loaded from={calls}>
      {({ items, next }) => {
        const hours = Array.from({ length: HOURS }, (_, index) => beganMs + index * HOUR_MS);
        const [all, denied] = [new Array<number>(HOURS).fill(0), new Array<number>(HOURS).fill(0)];
        for (const { timeMs, outcome } of items) {
          const at = Math.floor((timeMs - beganMs) / HOUR_MS);
          if (at < 0 || at >= HOURS) continue;
          all[at] = (all[at] ?? 0) + 1;
          if (isDenied({ outcome })) denied[at] = (denied[at] ?? 0) + 1;
        }
        const oldest = items.at(-1)?.timeMs ?? beganMs;
        const range = next === undefined ? 'in the last 24 hours' : `since ${timeText(oldest)}, the newest of the day`;
        return (
          <Chart
            label="Calls with this key in each hour"
            summary={`${countText(items.length)} calls ${range}, ${items.some(isDenied) ? countText(items.filter(isDenied).length) : 'none'} of them denied.`}
            timesMs={hours}
            series={[
              { label: 'calls', tone: 'calls', values: all, filled: true },
              { label: 'denied', tone: 'denied', values: denied },
            ]}
            valueText={countText}
          />
        );
      }}
    </Loaded>
  );
}

function isDenied({ outcome }: Pick<Call, 'outcome'>): boolean {
  return outcome === 'denied';
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
