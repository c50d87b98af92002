import { join } from 'node:path';
import type { Configuration } from '../../core/configuration.ts';
import type { Peppers } from '../../crypto/api-key-digest.ts';
import { type AssertionKey, publicJwk } from '../../crypto/assertion.ts';
import { type CredentialIndexHandle, CredentialIndexWriter } from '../../crypto/credential-index.ts';
import { systemClock } from '../../edge/clock.ts';
import { systemRandom } from '../../edge/random.ts';
import { createLimitMemory, type LimitMemory } from '../../limit/limit-memory.ts';
import type { SnapshotData } from '../../pipeline/snapshot.ts';
import type { ConsumerStore, Logger, SettingStore } from '../../ports.ts';
import {
  openPeppers,
  readOrCreateAdminToken,
  readOrCreateAssertionKey,
  readOrCreateSecret,
} from '../../store/secret-files.ts';
import { openControlStore, type SqliteControlStore } from '../../store/sqlite/control-database.ts';
import { type ApiKeyService, createApiKeyService } from '../../tokens/api-keys.ts';

/** What is kept in a data folder, opened: stores, secrets, and what is built from them in memory. */
export interface GatewayState {
  readonly store: SqliteControlStore;
  readonly consumers: ConsumerStore;
  readonly settings: SettingStore;
  readonly keys: ApiKeyService;
  readonly index: CredentialIndexWriter;
  readonly limits: LimitMemory;
  readonly peppers: Peppers;
  readonly assertionKey: AssertionKey;
  readonly adminToken: { readonly token: string; readonly created: boolean };
  /** Keys that were loaded at the start. */
  readonly keysLoaded: number;
  /** Called with the newest table when it replaces one that threads still read; resolves when none does any more. */
  onIndexGrown: (handle: CredentialIndexHandle) => Promise<void>;
  snapshot(version: number, configuration: Configuration): SnapshotData;
  close(): void;
}

/** Opens a data folder; the consumers of the configuration are registered. Throws where a store or a secret cannot be had. */
export async function openState(folder: string, configuration: Configuration, logger: Logger): Promise<GatewayState> {
  const store = openControlStore(join(folder, 'sallyport.db'));
  try {
    return await assemble(folder, configuration, store, logger);
  } catch (error) {
    store.close();
    throw error;
  }
}

async function assemble(
  folder: string,
  configuration: Configuration,
  store: SqliteControlStore,
  logger: Logger,
): Promise<GatewayState> {
  const count = await store.keys.count();
  const peppers = openPeppers(folder, count > 0);
  const assertionKey = readOrCreateAssertionKey(folder);
  const index = new CredentialIndexWriter(systemRandom, count + Math.ceil(count / 8));
  let label = configuration.apiKeys;
  const published = async (): Promise<void> => {
    while (index.moving) {
      const handle = index.handle();
      await state.onIndexGrown(handle);
      index.retire(handle.generation);
    }
  };
  const keys = createApiKeyService({
    store: store.keys,
    consumers: store.consumers,
    index,
    published,
    peppers,
    clock: systemClock(),
    random: systemRandom,
    label: () => label,
  });
  const state: { -readonly [K in keyof GatewayState]: GatewayState[K] } = {
    store,
    consumers: store.consumers,
    settings: store.settings,
    keys,
    index,
    limits: createLimitMemory(readOrCreateSecret(folder, 'limit-key', 8)),
    peppers,
    assertionKey,
    adminToken: readOrCreateAdminToken(folder),
    keysLoaded: 0,
    onIndexGrown: () => Promise.resolve(),
    snapshot: (version, current) => {
      label = current.apiKeys;
      return { version, configuration: current, peppers, assertionKey };
    },
    close: () => store.close(),
  };
  for (const [name, { groups, tier }] of Object.entries(configuration.consumers)) {
    const known = await store.consumers.find(name);
    await store.consumers.upsert({ name, groups, tier, disabled: known?.disabled ?? false });
  }
  const startedAt = performance.now();
  state.keysLoaded = await keys.load();
  if (state.keysLoaded > 0)
    logger.info({ keys: state.keysLoaded, milliseconds: Math.round(performance.now() - startedAt) }, 'API keys loaded');
  return state;
}

/** The public half of the assertion key, as a JWK set. */
export function assertionKeys({ assertionKey }: Pick<GatewayState, 'assertionKey'>): {
  keys: Record<string, string>[];
} {
  return { keys: [publicJwk(assertionKey.privateKeyPem)] };
}
