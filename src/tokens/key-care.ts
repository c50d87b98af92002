import type { ApiKeyRecord, ApiKeyStatus } from '../core/credential.ts';
import type { Finding, Observation } from '../core/finding.ts';
import type { UsageCount } from '../core/usage.ts';
import type { Clock, FindingStore, KeyStore, UsageStore } from '../ports.ts';
import type { ApiKeyService } from './api-keys.ts';
import type { KeyLifeSettings } from './key-life.ts';

/** What looking after many keys needs. */
export interface KeyCare {
  readonly keys: Pick<ApiKeyService, 'disable' | 'enable' | 'revokeMany'>;
  readonly store: Pick<KeyStore, 'list' | 'find' | 'pruneAnswers'>;
  readonly usage: Pick<UsageStore, 'totals' | 'ofKey'>;
  readonly findings: Pick<FindingStore, 'list'>;
  readonly observe: (observation: Observation) => void;
  /** Whether there is such a finding already, open or resolved. */
  readonly isTold: (observation: Observation) => Promise<boolean>;
  /** Resolves when every call that was answered is counted in the stores. */
  readonly flush: () => Promise<void>;
  /** Lets others do something in between. */
  readonly pause: () => Promise<void>;
  readonly clock: Clock;
  readonly settings: () => KeyLifeSettings;
  /** Scopes each configured route asks for, by its id. */
  readonly routes: () => ReadonlyMap<string, readonly string[]>;
  /** Keys that are none of anybody: decoys. */
  readonly isIgnored: (record: ApiKeyRecord) => boolean;
}

const PAGE_KEYS = 500;
const PAGE_FINDINGS = 500;

/** Every key that fits, page by page in the order of ids. */
export async function* pagesOfKeys(
  care: Pick<KeyCare, 'store' | 'pause' | 'isIgnored'>,
  filter: { readonly consumer?: string; readonly status?: ApiKeyStatus },
): AsyncGenerator<readonly ApiKeyRecord[]> {
  for (let afterKeyId: string | undefined; ; ) {
    const page = await care.store.list({
      ...filter,
      limit: PAGE_KEYS,
      ...(afterKeyId === undefined ? {} : { afterKeyId }),
    });
    yield page.filter((record) => !care.isIgnored(record));
    afterKeyId = page.at(-1)?.keyId;
    if (page.length < PAGE_KEYS) return;
    await care.pause();
  }
}

/** When keys were used last, Unix milliseconds, by id; those that never were are not in it. */
export async function lastUses(
  { usage }: Pick<KeyCare, 'usage'>,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, UsageCount>> {
  return new Map((await usage.totals(keyIds)).map((total) => [total.keyId, total]));
}

/** Ids of what open findings of leaks are about. */
export async function leakedSubjects({ findings }: Pick<KeyCare, 'findings'>): Promise<ReadonlySet<string>> {
  const subjects = new Set<string>();
  for (let before: Finding | undefined; ; ) {
    const page = await findings.list({
      status: 'open',
      limit: PAGE_FINDINGS,
      ...(before === undefined ? {} : { before }),
    });
    for (const { detector, subject } of page) if (detector.startsWith('leak.')) subjects.add(subject);
    before = page.at(-1);
    if (page.length < PAGE_FINDINGS) return subjects;
  }
}
