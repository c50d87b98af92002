import type { ApiKeyRecord } from '../core/credential.ts';
import { type KeyCare, lastUses, leakedSubjects, pagesOfKeys } from './key-care.ts';
import { consumerScore, healthOfKey, type KeyFacts, type KeyHealth } from './key-health.ts';

export interface ConsumerHealth {
  readonly consumer: string;
  /** From 0 to 100, see `consumerScore`. */
  readonly score: number;
  /** Active keys that were judged. */
  readonly keys: number;
}

export interface HealthReport {
  /** The worst first. */
  readonly items: readonly KeyHealth[];
  /** The worst first. */
  readonly consumers: readonly ConsumerHealth[];
  /** True: there are more keys than were looked at. */
  readonly truncated: boolean;
}

/** Each costs a few readings of the store: about a second for all. */
const KEYS_MAX = 5_000;

/** Judges the active keys of one consumer, or of all, that have not expired. */
export async function reportKeyHealth(care: KeyCare, consumer: string | undefined): Promise<HealthReport> {
  await care.flush();
  const nowMs = care.clock.nowMs();
  const [settings, routes, leaked] = [care.settings(), care.routes(), await leakedSubjects(care)];
  const items: KeyHealth[] = [];
  let truncated = false;
  const filter = { status: 'active', ...(consumer === undefined ? {} : { consumer }) } as const;
  for await (const page of pagesOfKeys(care, filter)) {
    for (const record of page) {
      if (record.expiresAtMs !== 0 && record.expiresAtMs <= nowMs) continue;
      if (items.length >= KEYS_MAX) truncated = true;
      else items.push(healthOfKey(await factsOf(care, record, leaked), routes, settings, nowMs));
    }
    if (truncated) break;
  }
  const penalties = new Map<string, number[]>();
  for (const { consumer: name, penalty } of items) append(penalties, name, penalty);
  const consumers = [...penalties].map(([name, all]) => ({
    consumer: name,
    score: consumerScore(all),
    keys: all.length,
  }));
  return {
    items: items.sort((one, other) => other.penalty - one.penalty || (one.keyId < other.keyId ? -1 : 1)),
    consumers: consumers.sort((one, other) => one.score - other.score || (one.consumer < other.consumer ? -1 : 1)),
    truncated,
  };
}

async function factsOf(care: KeyCare, record: ApiKeyRecord, leaked: ReadonlySet<string>): Promise<KeyFacts> {
  const { keyId, successorId } = record;
  const counts = await care.usage.ofKey(keyId);
  const successor = successorId === '' ? undefined : await care.store.find(successorId);
  const successorUse = successorId === '' ? undefined : (await lastUses(care, [successorId])).get(successorId);
  const routes = counts.filter(({ kind, calls, refusals }) => kind === 'route' && calls > refusals);
  return {
    record,
    lastUsedMs: counts.find(({ kind }) => kind === 'total')?.lastMs ?? 0,
    addresses: counts.filter(({ kind }) => kind === 'address').length,
    agents: counts.filter(({ kind }) => kind === 'agent').length,
    routesUsed: new Set(routes.map(({ value }) => value)),
    isLeaked: leaked.has(keyId),
    successorSinceMs: successor?.createdAtMs ?? 0,
    isSuccessorUsed: (successorUse?.calls ?? 0) > 0,
  };
}

function append(lists: Map<string, number[]>, name: string, value: number): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}
