import { join } from 'node:path';
import type { Configuration } from '../../core/configuration.ts';
import type { Consumer } from '../../core/credential.ts';
import type { Peppers } from '../../crypto/api-key-digest.ts';
import { type AssertionKey, publicJwk } from '../../crypto/assertion.ts';
import { type CredentialIndexHandle, CredentialIndexWriter } from '../../crypto/credential-index.ts';
import { createReplayMemory, type ReplayMemory } from '../../crypto/replay-memory.ts';
import { type RevocationHandle, RevocationWriter } from '../../crypto/revocation-memory.ts';
import { Decoys } from '../../decoy/decoys.ts';
import { HoneyCredentials } from '../../decoy/honey-credentials.ts';
import type { TokenShape } from '../../decoy/honey-tokens.ts';
import { systemClock } from '../../edge/clock.ts';
import { createFetch } from '../../edge/outbound-fetch.ts';
import { systemRandom } from '../../edge/random.ts';
import { createLimitMemory, type LimitMemory } from '../../limit/limit-memory.ts';
import { limitRuleProblem } from '../../limit/limit-rule.ts';
import type { SnapshotData } from '../../pipeline/snapshot.ts';
import type { ConsumerStore, FindingStore, Logger, SettingStore, UsageStore } from '../../ports.ts';
import { Findings } from '../../respond/findings.ts';
import { WebhookAlerts } from '../../respond/webhook-alerts.ts';
import { AcceptedOwnerStore } from '../../store/accepted-owners.ts';
import {
  openPeppers,
  readOrCreateAdminToken,
  readOrCreateAssertionKey,
  readOrCreateDecisionToken,
  readOrCreateSecret,
} from '../../store/secret-files.ts';
import { openControlStore, type SqliteControlStore } from '../../store/sqlite/control-database.ts';
import { type Accounts, createAccounts } from '../../tokens/accounts.ts';
import { type ApiKeyService, createApiKeyService } from '../../tokens/api-keys.ts';
import { tellingEndings } from '../../tokens/key-endings.ts';
import { createPasswordWork } from '../../tokens/password-work.ts';
import { TokenRevocations } from '../../tokens/token-revocations.ts';
import { readClientTrustTexts, readCountriesFile } from './named-files.ts';

/** What is kept in a data folder, opened: stores, secrets, and what is built from them in memory. */
export interface GatewayState {
  readonly store: SqliteControlStore;
  readonly consumers: ConsumerStore;
  readonly settings: SettingStore;
  readonly keys: ApiKeyService;
  readonly index: CredentialIndexWriter;
  readonly limits: LimitMemory;
  readonly revocations: TokenRevocations;
  readonly usage: UsageStore;
  readonly findingStore: FindingStore;
  readonly findings: Findings;
  readonly alerts: WebhookAlerts;
  readonly honey: HoneyCredentials;
  readonly decoys: Decoys;
  readonly accounts: Accounts;
  readonly revocationIndex: RevocationWriter;
  readonly replay: ReplayMemory;
  /** Of this process alone: a nonce it gave out proves that a proof is younger than its start. */
  readonly nonceSecret: Uint8Array;
  readonly peppers: Peppers;
  readonly assertionKey: AssertionKey;
  readonly acceptedOwners: AcceptedOwnerStore;
  /** For applications that ask what callers may do. */
  readonly decisionToken: string;
  readonly adminToken: { readonly token: string; readonly created: boolean };
  /** Keys that were loaded at the start. */
  readonly keysLoaded: number;
  /** Called with keys that are over from now on. */
  onKeysEnded: (keyIds: readonly string[]) => Promise<void>;
  /** Called with the newest table when it replaces one that threads still read; resolves when none does any more. */
  onIndexGrown: (handle: CredentialIndexHandle) => Promise<void>;
  /** The same for the table of revoked tokens. */
  onRevocationsGrown: (handle: RevocationHandle) => Promise<void>;
  /** Registers the consumers of a configuration, or changes them to what it says; whether they are disabled stays. */
  registerConsumers(configuration: Configuration): Promise<void>;
  /** Reads the registered consumers as they are now. */
  snapshot(version: number, configuration: Configuration): Promise<SnapshotData>;
  close(): void;
}

/** What no password may hold. */
const SERVICE_NAME = 'sallyport';
const DAY_SECONDS = 86_400;
const CONSUMER_PAGE = 1_000;
/** Proofs and signed requests within their time; at 60 s of life, 17,000 a second. */
const REPLAY_ENTRIES = 2 ** 20;

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
  const acceptedOwners = new AcceptedOwnerStore(store.settings);
  const count = await store.keys.count();
  const peppers = openPeppers(folder, count > 0);
  const assertionKey = readOrCreateAssertionKey(folder);
  const index = new CredentialIndexWriter(systemRandom, count + Math.ceil(count / 8));
  let { authenticators } = configuration;
  let label = configuration.apiKeys;
  const published = async (): Promise<void> => {
    while (index.moving) {
      const handle = index.handle();
      await state.onIndexGrown(handle);
      index.retire(handle.generation);
    }
  };
  const revocationIndex = new RevocationWriter(systemRandom);
  let lifetimeSecondsMax = longestLifetime(configuration);
  let skewSecondsMax = largestSkew(configuration);
  const revocations = new TokenRevocations({
    store: store.revocations,
    writer: revocationIndex,
    published: async () => {
      while (revocationIndex.moving) {
        const handle = revocationIndex.handle();
        await state.onRevocationsGrown(handle);
        revocationIndex.retire(handle.generation);
      }
    },
    clock: systemClock(),
    lifetimeSecondsMax: () => lifetimeSecondsMax,
    skewSecondsMax: () => skewSecondsMax,
  });
  const keyService = createApiKeyService({
    store: store.keys,
    consumers: store.consumers,
    index,
    published,
    peppers,
    clock: systemClock(),
    random: systemRandom,
    limitProblem: limitRuleProblem,
    label: () => label,
  });
  const keys = tellingEndings(keyService, (keyIds) => state.onKeysEnded(keyIds));
  const honey = new HoneyCredentials(await store.decoys.list());
  let webhook = configuration.alerts.webhook;
  const alerts = new WebhookAlerts({
    store: store.alerts,
    fetch: createFetch(),
    clock: systemClock(),
    logger,
    target: () => webhook,
  });
  const findings = new Findings({
    store: store.findings,
    clock: systemClock(),
    logger,
    opened: async (finding) => {
      const { id, detector, severity, title } = finding;
      logger.warn({ finding: id, detector, severity }, title);
      await alerts.enqueue(finding);
    },
  });
  const state: { -readonly [K in keyof GatewayState]: GatewayState[K] } = {
    store,
    consumers: store.consumers,
    settings: store.settings,
    keys,
    index,
    limits: createLimitMemory(readOrCreateSecret(folder, 'limit-key', 8)),
    revocations,
    usage: store.usage,
    findingStore: store.findings,
    findings,
    alerts,
    honey,
    decoys: new Decoys({
      store: store.decoys,
      keys,
      honey,
      clock: systemClock(),
      random: systemRandom,
      tokenShape: (issuer) => tokenShape(authenticators, issuer),
    }),
    accounts: createAccounts({
      store: store.accounts,
      passwords: createPasswordWork(systemRandom),
      clock: systemClock(),
      random: systemRandom,
      services: () => [SERVICE_NAME],
    }),
    revocationIndex,
    replay: createReplayMemory({
      entries: REPLAY_ENTRIES,
      startedAtMs: systemClock().nowMs(),
      hashKey: systemRandom.bytes(32),
    }),
    nonceSecret: systemRandom.bytes(32),
    peppers,
    assertionKey,
    adminToken: readOrCreateAdminToken(folder),
    acceptedOwners,
    decisionToken: readOrCreateDecisionToken(folder),
    keysLoaded: 0,
    onKeysEnded: () => Promise.resolve(),
    onIndexGrown: () => Promise.resolve(),
    onRevocationsGrown: () => Promise.resolve(),
    snapshot: async (version, current) => {
      label = current.apiKeys;
      authenticators = current.authenticators;
      webhook = current.alerts.webhook;
      lifetimeSecondsMax = longestLifetime(current);
      skewSecondsMax = largestSkew(current);
      const consumers = await knownConsumers(store.consumers, current);
      return {
        version,
        configuration: current,
        peppers,
        assertionKey,
        consumers,
        clientTrust: readClientTrustTexts(current),
        countries: readCountriesFile(current),
        decoys: honey.published(),
        acceptedOwners: await acceptedOwners.list(),
        payloadExceptions: await store.payloadExceptions.list(),
      };
    },
    registerConsumers: async (current) => {
      for (const [name, { groups, tier }] of Object.entries(current.consumers)) {
        const known = await store.consumers.find(name);
        if (known?.tier === tier && known.groups.join('\n') === groups.join('\n')) continue;
        await keys.setConsumer({ name, groups, tier, disabled: known?.disabled ?? false });
      }
    },
    close: () => store.close(),
  };
  for (const [name, { groups, tier }] of Object.entries(configuration.consumers)) {
    const known = await store.consumers.find(name);
    await store.consumers.upsert({ name, groups, tier, disabled: known?.disabled ?? false });
  }
  const startedAt = performance.now();
  state.keysLoaded = await keys.load();
  await revocations.load();
  if (state.keysLoaded > 0)
    logger.info({ keys: state.keysLoaded, milliseconds: Math.round(performance.now() - startedAt) }, 'API keys loaded');
  return state;
}

/** Of the named issuer, or of the first whose tokens are verified here. */
function tokenShape(
  authenticators: Configuration['authenticators'],
  issuer: string | undefined,
): TokenShape | undefined {
  const verified = Object.values(authenticators).filter((one) => one.type === 'jwt');
  const known = verified.find((one) => issuer === undefined || one.issuer === issuer);
  if (known !== undefined)
    return {
      issuer: known.issuer,
      audience: known.claims.audiences[0] ?? known.issuer,
      algorithm: known.algorithms[0] ?? 'ES256',
    };
  return issuer === undefined ? undefined : { issuer, audience: issuer, algorithm: 'ES256' };
}

/** Longest life of any token that is taken: so long a revocation has to be remembered. Those an issuer is asked about may have no end. */
function longestLifetime({ authenticators }: Configuration): number {
  let seconds = DAY_SECONDS;
  for (const one of Object.values(authenticators))
    if (one.type === 'introspection') return Number.POSITIVE_INFINITY;
    else if (one.type === 'jwt')
      seconds = Math.max(seconds, one.claims.lifetimeSecondsMax + 2 * one.claims.skewSeconds);
  return seconds;
}

function largestSkew({ authenticators }: Configuration): number {
  let seconds = 0;
  for (const one of Object.values(authenticators))
    if (one.type === 'introspection' || one.type === 'jwt') seconds = Math.max(seconds, one.claims.skewSeconds);
  return seconds;
}

/** API keys bring what is known of their consumer with them; where there are only these, nobody else has to know. */
async function knownConsumers(
  store: ConsumerStore,
  { authenticators }: Configuration,
): Promise<ReadonlyMap<string, Omit<Consumer, 'name'>>> {
  const known = new Map<string, Omit<Consumer, 'name'>>();
  if (Object.values(authenticators).every(({ type }) => type === 'api-key')) return known;
  for (let afterName: string | undefined; ; ) {
    const found = await store.list({ limit: CONSUMER_PAGE, ...(afterName === undefined ? {} : { afterName }) });
    for (const { name, ...rest } of found) known.set(name, rest);
    if (found.length < CONSUMER_PAGE) return known;
    afterName = found.at(-1)?.name;
  }
}

/** The public half of the assertion key, as a JWK set. */
export function assertionKeys({ assertionKey }: Pick<GatewayState, 'assertionKey'>): {
  keys: Record<string, string>[];
} {
  return { keys: [publicJwk(assertionKey.privateKeyPem)] };
}
