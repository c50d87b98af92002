import type { Account, Invite, Passkey, UpstreamIdentity } from './core/account.ts';
import type { ApiKeyRecord, ApiKeyStatus, Consumer, RevocationKind, TokenRevocation } from './core/credential.ts';
import type { Mode } from './core/decision.ts';
import type { CallEvent, Outcome } from './core/event.ts';
import type { Decoy, Finding, FindingStatus, Severity } from './core/finding.ts';
import type { OAuthClient, OAuthRecord, SigningKey } from './core/issuer.ts';
import type { OwnerDatabase } from './core/ownership.ts';
import type { AddedException, ExceptionUse } from './core/payload.ts';
import type { UsageCount } from './core/usage.ts';

/** Time, so that no rule reads a clock of its own. */
export interface Clock {
  /** Unix time in milliseconds; may jump. */
  nowMs(): number;
  /** Microseconds from an arbitrary point that is the same on every thread of the machine; never goes back. */
  monotonicMicros(): number;
}

/** Cryptographically strong random bytes. */
export interface Random {
  bytes(count: number): Uint8Array;
}

/** One request to a server that was named in the configuration. Redirects are answered as they are, never followed. */
export interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  /** Absolute URL; `http:` only where the configuration says so. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly timeoutMs: number;
  /** A longer answer is a failure. */
  readonly bytesMax: number;
  /** False: an address that is loopback, private, link-local or otherwise not public is a failure, whatever its name. */
  readonly allowPrivateAddresses: boolean;
  /** PEM file of the authorities that are believed in place of the system’s own. */
  readonly caFile?: string | undefined;
}

export interface OutboundAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Rejects where no answer came: unreachable, too slow, too long, or at an address that is not allowed. */
export type Fetch = (request: OutboundRequest) => Promise<OutboundAnswer>;

/** One question to a database of the configuration that says whose objects are. */
export interface OwnerQuestion {
  readonly database: OwnerDatabase;
  /** One statement that reads, with `$1` for the object. */
  readonly statement: string;
  readonly object: string;
  readonly timeoutMs: number;
}

export type OwnerRows =
  /** Whole numbers that a double does not hold come as bigint or text. */
  | { readonly kind: 'rows'; readonly rows: readonly (readonly unknown[])[] }
  /** Too many rows are a failure too. `isDown`: it speaks of the database, not of this object. */
  | { readonly kind: 'failed'; readonly detail: string; readonly isDown: boolean };

/** Databases that are only read; opened when they are first asked. Never rejects. */
export interface OwnerDatabases {
  ask(question: OwnerQuestion): Promise<OwnerRows>;
}

/** Owners that were learned from traffic and accepted by an administrator. */
export interface LearnedOwners {
  /** Undefined where nothing was accepted for the object; `lookup`: the look-up of the configuration that asks. */
  owners(lookup: string, object: string): readonly string[] | undefined;
}

/** The signing keys of one issuer as they are in force: public, linted, plain data. */
export interface PublishedKeySet {
  /** Grows with every change, so that what was verified before one can be told apart. */
  readonly generation: number;
  /** Public JSON Web Keys (RFC 7517); a symmetric secret of the configuration is an `oct` key. */
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  /** After this the keys are too old to be believed while their issuer does not answer; Infinity for fixed keys. */
  readonly usableUntilMs: number;
  /** Before this, asking for newer keys changes nothing. Infinity for fixed keys. */
  readonly refreshableAtMs: number;
}

/** Where an authenticator gets the keys of its issuer. */
export interface KeySetSource {
  /** The keys in force, or undefined while none could be had. `name`: authenticator, issuer and place as one text. */
  current(name: string): PublishedKeySet | undefined;
  /**
   * Asks for newer keys, because the one a token names is not there. Resolves when `current` is as new as it will get;
   * never rejects. Many callers share one request.
   */
  refresh(name: string): Promise<void>;
}

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Durable home of API keys. Every promise resolves only after the change would survive a power cut. */
export interface KeyStore {
  insert(keys: readonly ApiKeyRecord[]): Promise<void>;
  find(keyId: string): Promise<ApiKeyRecord | undefined>;
  list(filter: {
    consumer?: string;
    status?: ApiKeyStatus;
    afterKeyId?: string;
    limit: number;
  }): Promise<ApiKeyRecord[]>;
  /** Replaces the mutable fields of an existing key; false where there is none. */
  update(keyId: string, change: ApiKeyChange): Promise<boolean>;
  /**
   * Revokes the key and inserts its successor, or shortens its life and names it, in one transaction. False, and nothing
   * changed, where the key is unknown, not active or has a successor already: of two at once, one wins. `answer` is kept
   * with it or not at all.
   */
  rotate(keyId: string, change: ApiKeyChange, successor: ApiKeyRecord, answer?: SealedAnswer): Promise<boolean>;
  /** An answer that is kept until it expires. */
  findAnswer(id: string, nowMs: number): Promise<SealedAnswer | undefined>;
  /** Forgets the answers that expired. */
  pruneAnswers(nowMs: number): Promise<void>;
  /** Changes the keys among these that are not revoked, all or none; answers their ids. */
  revokeMany(keyIds: readonly string[], change: ApiKeyChange): Promise<string[]>;
  count(): Promise<number>;
  /** Calls `visit` for every key, without holding them all in memory. */
  scan(visit: (key: ApiKeyRecord) => void): Promise<void>;
}

/** An answer that may be asked for again, readable only by who asked. */
export interface SealedAnswer {
  readonly id: string;
  readonly sealed: Uint8Array;
  readonly expiresAtMs: number;
}

export type ApiKeyChange = Partial<
  Pick<
    ApiKeyRecord,
    | 'status'
    | 'expiresAtMs'
    | 'successorId'
    | 'revokedAtMs'
    | 'revokedReason'
    | 'scopes'
    | 'allowedCidrs'
    | 'name'
    | 'routes'
    | 'limits'
    | 'idleSeconds'
    | 'enabledAtMs'
    | 'disabledReason'
  >
>;

export interface ConsumerStore {
  upsert(consumer: Consumer): Promise<void>;
  find(name: string): Promise<Consumer | undefined>;
  list(filter: { afterName?: string; limit: number }): Promise<Consumer[]>;
}

/** Revoked tokens of issuers. Every promise resolves only after the change would survive a power cut. */
export interface RevocationStore {
  /** Of two for one value the wider and the longer count, so that none weakens an earlier one; only `remove` does. */
  put(revocation: TokenRevocation): Promise<void>;
  /** False where there was none. */
  remove(kind: RevocationKind, issuer: string, value: string): Promise<boolean>;
  /** In the order of issuer, kind and value. */
  list(page: {
    readonly after?: { readonly kind: RevocationKind; readonly issuer: string; readonly value: string };
    readonly limit: number;
  }): Promise<TokenRevocation[]>;
  /** Forgets what expired; answers how many. */
  prune(nowMs: number): Promise<number>;
}

/** How credentials are used. Counts are added up; nothing of a call waits for it. */
export interface UsageStore {
  /** Adds counts to those that are there. */
  add(counts: readonly UsageCount[]): Promise<void>;
  /** Of one key, the last used first within each kind. */
  ofKey(keyId: string): Promise<UsageCount[]>;
  /** The totals of many keys; keys that were never used are left out. */
  totals(keyIds: readonly string[]): Promise<UsageCount[]>;
  /** Forgets addresses, agents and routes not used since then, and all but so many of each key; never totals. */
  prune(olderThanMs: number, valuesPerKeyMax: number): Promise<number>;
}

/** One parameter of an endpoint, with what is known of it as a JSON text. */
export interface StoredParameter {
  readonly id: string;
  readonly endpoint: string;
  /** Endpoint and key path: what it is ordered by, and the only one of its kind. */
  readonly place: string;
  readonly values: number;
  readonly lastMs: number;
  readonly pinned: boolean;
  /** What counts of it, as a JSON text; empty: nothing. */
  readonly effect: string;
  readonly document: string;
}

/** What parameters hold, as it was learned. */
export interface ParameterStore {
  find(places: readonly string[]): Promise<StoredParameter[]>;
  findById(id: string): Promise<StoredParameter | undefined>;
  /** Replaces those of the same place, all or none; then the least used go, until no bound is exceeded. Pinned ones go last. */
  put(
    parameters: readonly StoredParameter[],
    bounds: { readonly max: number; readonly perEndpointMax: number },
  ): Promise<void>;
  /** False where there was none. */
  remove(id: string): Promise<boolean>;
  /** In the order of their places. */
  list(filter: {
    readonly afterPlace?: string;
    readonly routeId?: string;
    readonly limit: number;
  }): Promise<StoredParameter[]>;
  /** Those of which anything counts. */
  effective(): Promise<Pick<StoredParameter, 'place' | 'endpoint' | 'effect'>[]>;
  pinned(): Promise<StoredParameter[]>;
  /** Forgets those not seen since then, but for pinned ones; answers how many. */
  prune(olderThanMs: number): Promise<number>;
}

/** Exceptions for attacks that were added by command, and how often every exception was used. */
export interface PayloadExceptionStore {
  /** Replaces the one of the same id; false where it is a new one and there are `max` already. */
  put(exception: AddedException, max: number): Promise<boolean>;
  /** The one that is gone, or undefined where there was none. */
  remove(id: string): Promise<AddedException | undefined>;
  /** In the order of routes, paths, classes and consumers. */
  list(): Promise<AddedException[]>;
  /** Adds the calls; keeps the earliest `sinceMs` and the latest `lastMs`. */
  addUses(uses: readonly ExceptionUse[]): Promise<void>;
  uses(): Promise<ExceptionUse[]>;
  /** Forgets exceptions that ended before, and uses of others than `known` that are older; answers how many exceptions. */
  prune(beforeMs: number, known: ReadonlySet<string>): Promise<number>;
}

/** Calls of one span of time, added up. */
export interface StoredCallRow {
  readonly startMs: number;
  readonly spanMs: number;
  /** A JSON text. */
  readonly document: string;
}

/** Calls added up by time. */
export interface CallCountStore {
  /** Every row, by its start. */
  list(): Promise<StoredCallRow[]>;
  /** Replaces rows of the same start and span and removes others, all or nothing. */
  change(put: readonly StoredCallRow[], removed: readonly Pick<StoredCallRow, 'startMs' | 'spanMs'>[]): Promise<void>;
}

/** What was found. */
export interface FindingStore {
  find(id: string): Promise<Finding | undefined>;
  /** Replaces the one of the same id. */
  put(finding: Finding): Promise<void>;
  /** How many are open, by severity. */
  countOpen(): Promise<Readonly<Record<Severity, number>>>;
  /** The newest first; `before` is the last one of the page before. */
  list(filter: {
    readonly status?: FindingStatus;
    readonly detector?: string;
    readonly severity?: Severity;
    readonly actor?: string;
    readonly before?: { readonly lastMs: number; readonly id: string };
    readonly limit: number;
  }): Promise<Finding[]>;
}

/** One message that is to be delivered. */
export interface QueuedAlert {
  readonly id: string;
  readonly body: string;
  readonly createdAtMs: number;
  readonly dueAtMs: number;
  readonly tries: number;
}

/** What is to be sent, until it is taken. */
export interface AlertStore {
  /** Replaces the one of the same id. */
  put(alert: QueuedAlert): Promise<void>;
  /** Those that are due, the oldest first. */
  due(nowMs: number, limit: number): Promise<QueuedAlert[]>;
  remove(id: string): Promise<void>;
}

export interface DecoyStore {
  put(decoy: Decoy): Promise<void>;
  remove(id: string): Promise<boolean>;
  list(): Promise<Decoy[]>;
}

/** What the authorization server remembers. Every promise resolves only after the change would survive a power cut. */
export interface OAuthRecordStore {
  /** Replaces the one of the same model and id. */
  put(record: OAuthRecord): Promise<void>;
  /** False, and nothing changed, where there is one that has not ended. */
  putNew(record: OAuthRecord, nowMs: number): Promise<boolean>;
  find(model: string, id: string): Promise<OAuthRecord | undefined>;
  findBy(model: string, name: 'uid' | 'userCode', value: string): Promise<OAuthRecord | undefined>;
  /** False, and nothing changed, where there is none or it was consumed already: of two at once, one wins. */
  consume(model: string, id: string, atSeconds: number): Promise<boolean>;
  /** Consumes a record and puts what replaces it, in one transaction; false, and nothing changed, as above. */
  replace(
    consumed: Pick<OAuthRecord, 'model' | 'id' | 'consumedAtSeconds' | 'successor'>,
    successor: OAuthRecord,
  ): Promise<boolean>;
  /** Counts one more use within the grace; answers how many there were, this one included. */
  countGraceUse(model: string, id: string): Promise<number>;
  remove(model: string, id: string): Promise<void>;
  /** Of one model and grant. */
  removeByGrant(model: string, grant: string): Promise<void>;
  /** Forgets what ended before then; answers how many. */
  prune(nowMs: number): Promise<number>;
}

/** Registered OAuth clients. */
export interface OAuthClientStore {
  /** False, and nothing changed, where the id is taken. */
  insert(client: OAuthClient): Promise<boolean>;
  /** False where there is none. */
  replace(client: OAuthClient): Promise<boolean>;
  find(id: string): Promise<OAuthClient | undefined>;
  list(page: { readonly afterId?: string; readonly limit: number }): Promise<OAuthClient[]>;
  remove(id: string): Promise<boolean>;
}

/** Keys the issuer signs with, the oldest first. */
export interface SigningKeyStore {
  list(): Promise<SigningKey[]>;
  /** Puts and removes in one transaction. */
  change(put: readonly SigningKey[], removed: readonly string[]): Promise<void>;
}

/** People who may sign in. Every promise resolves only after the change would survive a power cut. */
export interface AccountStore {
  /** False, and nothing changed, where the name or the upstream identity is taken. */
  insert(account: Account): Promise<boolean>;
  find(id: string): Promise<Account | undefined>;
  findByName(name: string): Promise<Account | undefined>;
  findByUpstream(upstream: UpstreamIdentity): Promise<Account | undefined>;
  /** In the order of names. */
  list(filter: { readonly afterName?: string; readonly limit: number }): Promise<Account[]>;
  /** False, and nothing changed, where there is none, or the upstream identity is another's. */
  update(id: string, change: AccountChange): Promise<boolean>;
  /** With its passkeys and its invite. */
  remove(id: string): Promise<boolean>;
  /** Replaces the one the account has; undefined takes it away. */
  setInvite(id: string, invite: Invite | undefined): Promise<boolean>;
  /** The account of an invite that is not over. */
  findByInvite(digest: string, nowMs: number): Promise<Account | undefined>;
  /**
   * Takes the invite away and gives the account its password or its first passkey, in one transaction. False, and nothing
   * changed, where the invite is used, over or unknown: of two at once, one wins.
   */
  acceptInvite(digest: string, nowMs: number, gain: InviteGain): Promise<boolean>;
  /** False where the id is taken, the account has `max` already, or is gone. */
  insertPasskey(passkey: Passkey, max: number): Promise<boolean>;
  findPasskey(id: string): Promise<Passkey | undefined>;
  /** Those of an account, the oldest first. */
  listPasskeys(accountId: string): Promise<Passkey[]>;
  /** Records a use; false where the counter is not what it was: of two at once, one wins. */
  usePasskey(id: string, counterBefore: number, use: PasskeyUse): Promise<boolean>;
  removePasskey(accountId: string, id: string): Promise<boolean>;
  removePasskeys(accountId: string): Promise<number>;
}

export type AccountChange = Partial<
  Pick<Account, 'displayName' | 'email' | 'emailVerified' | 'passwordHash' | 'disabled' | 'upstream' | 'role'>
>;
export type InviteGain =
  | { readonly kind: 'password'; readonly passwordHash: string }
  | { readonly kind: 'passkey'; readonly passkey: Passkey };
export type PasskeyUse = Pick<Passkey, 'counter' | 'backedUp' | 'lastUsedAtMs'>;

/** A mode that was set by command over what the configuration file says. */
export interface ModeOverride {
  /** `route` with a route id, `path` with a template, `stage` with a stage id, or `route-stage` as `limit@orders`. */
  readonly scope: 'route' | 'path' | 'stage' | 'route-stage';
  readonly target: string;
  readonly mode: Mode;
  readonly setAtMs: number;
}

/** Small durable values of the gateway itself: mode overrides, peppers' versions, admin token digest, quotas. */
export interface SettingStore {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
  listModes(): Promise<ModeOverride[]>;
  setMode(override: ModeOverride): Promise<void>;
  removeMode(scope: ModeOverride['scope'], target: string): Promise<boolean>;
}

export interface EventFilter {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly consumer?: string;
  readonly credentialId?: string;
  readonly routeId?: string;
  readonly outcome?: Outcome;
  /** Of the decision, or of what went wrong behind it. */
  readonly reason?: string;
  readonly address?: string;
  readonly pathPrefix?: string;
  readonly method?: string;
  readonly status?: number;
  readonly statusClass?: number;
  /** In lower case; stands anywhere in what names or describes the call. */
  readonly text?: string;
}

/** The bounded record of calls. Encoded events go in as they came from the data plane; they are decoded only when read. */
export interface EventStore {
  /** Appends a run of encoded events (see pipeline/event-codec) in one transaction. */
  append(encoded: Uint8Array): void;
  find(requestId: string): CallEvent | undefined;
  /** The profile that calls name (`facts.profileId`), or undefined where it was lost. */
  profile(id: number): string | undefined;
  /** Events that arrived since, the oldest first, as far as they were appended in that order. */
  scan(fromMs: number): Iterable<CallEvent>;
  /** Newest first. Stops after `limit` matches or `scanMax` events looked at. */
  query(filter: EventFilter, page: { limit: number; before?: string; scanMax?: number }): EventPage;
  /** Deletes what is older or more than the bounds allow. */
  prune(bounds: { olderThanMs: number; bytesMax: number }): { deletedEvents: number };
  stats(): { events: number; bytes: number; oldestMs: number };
  close(): void;
}

export interface EventPage {
  readonly events: readonly CallEvent[];
  /** Cursor for `before`, or undefined at the end. */
  readonly next: string | undefined;
  /** How many events were looked at. */
  readonly scanned: number;
}
