import type { Configuration } from '../core/configuration.ts';
import type { Mode, StageId } from '../core/decision.ts';
import type { CallEvent } from '../core/event.ts';
import type { Severity } from '../core/finding.ts';
import type { ModesNow, ModesThere } from '../core/modes-there.ts';
import type { AcceptedOwner } from '../core/ownership.ts';
import type { AddedException } from '../core/payload.ts';
import type { Decoys } from '../decoy/decoys.ts';
import type { AttackClass } from '../detect/attack-class.ts';
import type { ParameterView } from '../detect/parameters/parameter-view.ts';
import type { ValueType } from '../detect/parameters/value-type.ts';
import type { ExceptionView } from '../detect/payload/exception-view.ts';
import type { Comparison } from '../pipeline/comparison.ts';
import type { CallSummary } from '../pipeline/counts/call-counts.ts';
import type { Clock, ConsumerStore, EventStore, FindingStore, Logger, ModeOverride, UsageStore } from '../ports.ts';
import type { Findings } from '../respond/findings.ts';
import type { Accounts } from '../tokens/accounts.ts';
import type { KeyCare } from '../tokens/key-care.ts';
import type { SweepResult } from '../tokens/key-sweep.ts';
import type { ClientRegistry } from '../tokens/oauth/clients.ts';
import type { SigningKeys } from '../tokens/oauth/signing-keys.ts';
import type { TokenRevocations } from '../tokens/token-revocations.ts';

/** One line of the health report: `ok`, or why not. */
export interface HealthItem {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** True: while this is not ok, `/readyz` answers 503. Otherwise it is shown as degraded. */
  readonly essential: boolean;
}

/** Figures of the gateway itself. Null: not known. */
export interface GatewayHealth {
  /** Calls since the start that went through although a stage could not decide, since it only observed. */
  readonly failOpen: number;
  readonly eventsLost: number;
  readonly events: {
    readonly stalled: boolean;
    readonly backlogBytes: number;
    readonly lastWriteMs: number | null;
  };
  readonly issuers: readonly {
    readonly name: string;
    readonly issuer: string;
    readonly keys: number;
    readonly ok: boolean;
    readonly ageMs: number | null;
  }[];
  /** Shares of the last seconds, from 0 to 1, that each thread was busy. */
  readonly saturation: {
    readonly threads: readonly number[];
    readonly controlPlane: number;
    readonly connections: number;
    readonly connectionsMax: number;
  };
  readonly threads: { readonly alive: number; readonly configured: number; readonly restarts: number };
  readonly uptimeMs: number;
  readonly version: string;
}

/** What is known of the calls of a time, added up as they passed. */
export interface OverviewServices {
  summary(fromMs: number, toMs: number, buckets: number): CallSummary;
  configurationChanges(
    fromMs: number,
    toMs: number,
  ): readonly { readonly atMs: number; readonly fingerprint: string }[];
  openFindings(): Promise<Readonly<Record<Severity, number>>>;
  health(): GatewayHealth;
}

/** A configuration to be tried on stored calls. */
export interface ReplayRequest {
  /** Undefined: the configuration file as it stands. */
  readonly text: string | undefined;
  readonly sinceMs: number;
  /** Calls alone that were recorded on this route, or are on it by what is tried; undefined: all. */
  readonly routeId: string | undefined;
  /** True: as if every stage enforced. */
  readonly enforce: boolean;
  /** What is in force with this mode laid over it, in place of a file or text; undefined: these. */
  readonly mode?: Omit<ModeOverride, 'setAtMs'> | undefined;
}

export type ReplayResult =
  | { readonly kind: 'done'; readonly comparison: Comparison }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigurationProblem[] }
  /** There is nothing that the mode could be laid over. */
  | { readonly kind: 'noTarget'; readonly message: string }
  | { readonly kind: 'busy' }
  | { readonly kind: 'cancelled' };

export interface ReplayStatus {
  readonly running: boolean;
  /** Looked at so far. */
  readonly calls: number;
}

/** A problem of a configuration text, as the loader reports it. */
export interface ConfigurationProblem {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
  readonly why: string;
  readonly fix: string;
}

/** The configuration file as it stands. */
export interface ConfigurationFile {
  readonly text: string;
  /** Of the text: a replacement names the one it is of. */
  readonly fingerprint: string;
  /** The text without the secrets that stand in it. */
  masked(): { readonly text: string; readonly isMasked: boolean };
}

/** What a text took the place of. */
export interface FormerConfiguration {
  readonly text: string;
  /** True: it was a change that was taken back, and the one before it stands there again. */
  readonly isTakenBack: boolean;
}

export type ConfigurationReplaced =
  | { readonly kind: 'replaced'; readonly fingerprint: string; readonly problems: readonly ConfigurationProblem[] }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigurationProblem[] }
  /** Somebody else changed the file. */
  | { readonly kind: 'changed'; readonly fingerprint: string }
  | { readonly kind: 'noFile' }
  /** `detail`: the code of the operating system. */
  | { readonly kind: 'unwritable'; readonly detail: string };

/** A mode that was set by command, as it is shown. */
export type ShownMode = ModeOverride & ModesThere;

/** What becomes of calls that match no route. */
export interface UnmatchedView {
  /** Of the stage that finds the route, as it holds for them. */
  readonly mode: Mode;
  /** Where they go; null: nowhere, they are denied. */
  readonly upstream: string | null;
}

/** A route with the mode that is in force and where it comes from. */
export interface RouteView {
  readonly id: string;
  readonly host: string;
  readonly path: string;
  readonly methods: readonly string[];
  readonly upstream: string;
  readonly mode: Mode;
  readonly modeSource: 'configuration' | 'command';
  readonly stages: Readonly<Record<StageId, Mode>>;
  /** Stages of which the route itself says a mode, in the file or by command: that holds over every other mode. */
  readonly ownStages: readonly StageId[];
  readonly authenticate: string;
  readonly scopes: readonly string[];
  readonly limits: readonly string[];
}

/**
 * What the admin API needs of the gateway. The running gateway gives its own; the command line, when no gateway
 * runs, gives one over the store alone, so that both speak through the same handlers.
 */
export interface AdminServices {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keys: ApiKeyService;
  readonly keyCare: KeyCare;
  /** Waits for a sweep that runs. */
  sweepKeys(): Promise<SweepResult>;
  readonly consumers: ConsumerStore;
  readonly revocations: Pick<TokenRevocations, 'revoke' | 'restore' | 'list'>;
  readonly usage: Pick<UsageStore, 'ofKey' | 'totals'>;
  readonly findings: Pick<FindingStore, 'find' | 'list'> & Pick<Findings, 'decide'>;
  readonly accounts: Accounts;
  /** Where people sign in, as they reach it; undefined: there is no authorization server. */
  issuerUrl(): string | undefined;
  /** Owners of objects that were accepted; a change is in force on every thread before it resolves. */
  readonly owners: {
    list(): Promise<readonly AcceptedOwner[]>;
    put(row: AcceptedOwner): Promise<boolean>;
    remove(lookup: string, object: string): Promise<boolean>;
  };
  /** What parameters of endpoints hold; a change is in force on every thread before it resolves. */
  readonly parameters: ParameterServices;
  /** Exceptions for attacks; a change is in force on every thread before it resolves. */
  readonly exceptions: ExceptionServices;
  readonly decoys: Pick<Decoys, 'plant' | 'remove' | 'list'>;
  /** The embedded authorization server; undefined where none runs. */
  issuer(): IssuerServices | undefined;
  /** Forgets signing keys that cannot be opened; how many, or undefined while a gateway runs. */
  resetIssuer(): Promise<number | undefined>;
  readonly events: EventStore;
  /** Undefined where no gateway runs. */
  readonly overview: OverviewServices | undefined;
  /** Gives every run of encoded events to a listener as it leaves its ring; what is returned ends that. It must not keep the run. */
  onEvents(listener: (encoded: Uint8Array) => void): () => void;
  /** Makes every event up to now readable in `events`. */
  flushEvents(): Promise<void>;
  /** `refused`: why the file as it was last read does not load, so that the version before it is in force; empty where it does. */
  configuration(): {
    readonly current: Configuration;
    readonly version: number;
    readonly file: string | undefined;
    readonly refused: readonly ConfigurationProblem[];
  };
  /** The configuration in force as plain data, without secrets. */
  shownConfiguration(): unknown;
  /** Undefined where there is no file, or it cannot be read. */
  configurationFile(): ConfigurationFile | undefined;
  /** The text in whose place this one, of this fingerprint, was put by `replaceConfiguration`; undefined where it was not, or may not be put back. */
  formerConfiguration(fingerprint: string): FormerConfiguration | undefined;
  /** Writes the file and puts it into force; where that does not work out, everything stays as it was. */
  replaceConfiguration(text: string, ifFingerprint: string): Promise<ConfigurationReplaced>;
  /** Tries a configuration on the stored calls, one at a time; changes nothing. */
  readonly replays: {
    replay(request: ReplayRequest): Promise<ReplayResult>;
    status(): ReplayStatus;
    cancel(): Promise<boolean>;
  };
  validateConfiguration(text: string): { readonly ok: boolean; readonly problems: readonly ConfigurationProblem[] };
  /** Re-reads the configuration file; an invalid one changes nothing. */
  reloadConfiguration(): Promise<{ readonly ok: boolean; readonly problems: readonly ConfigurationProblem[] }>;
  routes(): readonly RouteView[];
  unmatched(): UnmatchedView;
  modes(): Promise<readonly ShownMode[]>;
  /** Takes effect on every thread before it resolves. Undefined target problem: the message. */
  setMode(override: Omit<ModeOverride, 'setAtMs'>): Promise<
    // Not kept: it changes nothing, and what was set there before is taken back.
    ({ readonly ok: true; readonly kept: boolean } & ModesNow) | { readonly ok: false; readonly message: string }
  >;
  /** What was set, and what holds there then; undefined where nothing was set. */
  clearMode(scope: ModeOverride['scope'], target: string): Promise<({ readonly mode: Mode } & ModesNow) | undefined>;
  /** Judges a request given as the text of an .http file, without charging limits or forwarding it. */
  explainRequest(text: string, address: string): Promise<CallEvent | { readonly problem: string }>;
  health(): readonly HealthItem[];
  /** Prometheus text format 0.0.4. */
  metrics(): Promise<string>;
  /** Public keys of the gateway's assertions (RFC 7517). */
  assertionKeys(): { readonly keys: readonly Record<string, string>[] };
}

/** What of the authorization server is administered. */
export interface IssuerServices {
  readonly clients: ClientRegistry;
  readonly signingKeys: Pick<SigningKeys, 'list' | 'rotate' | 'dueAtMs'>;
  /** A token with which clients may be registered; undefined where that is not configured. */
  registrationToken(expiresInSeconds: number): Promise<string | undefined>;
}

/** Learned parameters, as the control plane keeps them. */
export interface ParameterServices {
  /** Takes in what the threads saw up to now. */
  settle(): Promise<void>;
  list(filter: {
    readonly afterPlace?: string;
    readonly routeId?: string;
    readonly limit: number;
  }): Promise<readonly (ParameterView & { readonly place: string })[]>;
  find(id: string): Promise<ParameterView | undefined>;
  pin(wanted: {
    readonly routeId: string;
    readonly method: string;
    readonly template: string;
    readonly path: string;
    readonly type: ValueType | undefined;
    readonly forgive: readonly AttackClass[];
    readonly expiresMs: number;
  }): Promise<ParameterView>;
  unpin(id: string): Promise<ParameterView | undefined>;
  forget(id: string): Promise<boolean>;
}

/** Exceptions for attacks, those of the configuration included. */
export interface ExceptionServices {
  /** With the uses of every call up to now. */
  list(): Promise<readonly ExceptionView[]>;
  /** Undefined where there is no room for more; replaces one of the same scope. */
  add(wanted: Omit<AddedException, 'id' | 'addedMs' | 'routePlace'>): Promise<ExceptionView | undefined>;
  /** Undefined where none of this name was added. */
  remove(id: string): Promise<ExceptionView | undefined>;
  isConfigured(id: string): boolean;
}

/** The life of API keys, as `tokens/` implements it. */
export type ApiKeyService = import('../tokens/api-keys.ts').ApiKeyService;
