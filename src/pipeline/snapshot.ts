import type { CompiledAccess } from '../authz/access.ts';
import { type CountryOf, readCountries } from '../authz/countries.ts';
import { compileDeciders } from '../authz/deciders/decider.ts';
import type { Decided } from '../authz/deciders/protocols.ts';
import { AnswerMemories } from '../authz/outside/answer-memories.ts';
import type { OutsideAccess, OutsideSources } from '../authz/outside-access.ts';
import { AcceptedOwners } from '../authz/ownership/accepted-owners.ts';
import { compileOwnerLookups, type OwnerLookupParts } from '../authz/ownership/owner-lookup.ts';
import type { OwnerAnswer } from '../authz/ownership/owner-source.ts';
import type { AnswerCheck } from '../core/answer-check.ts';
import type { BodySource, Call } from '../core/call.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import type { Consumer } from '../core/credential.ts';
import { STAGE_IDS, type StageId } from '../core/decision.ts';
import type { Inspection } from '../core/inspection.ts';
import type { AcceptedOwner } from '../core/ownership.ts';
import type { AddedException } from '../core/payload.ts';
import type { ReasonCode } from '../core/reasons.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Peppers } from '../crypto/api-key-digest.ts';
import type { AssertionKey } from '../crypto/assertion.ts';
import { AssertionSigner } from '../crypto/assertion.ts';
import type { ClientTrustTexts } from '../crypto/certificates/client-trust.ts';
import type { PublishedDecoys } from '../decoy/honey-credentials.ts';
import { PresentedDecoys } from '../decoy/presented-decoys.ts';
import { type CallPolicy, compileCallPolicy } from '../http/call.ts';
import type { Template } from '../http/path-template.ts';
import { compileRouter, type Router } from '../http/router.ts';
import { CredentialLimits } from '../limit/credential-limits.ts';
import type { LimitMemory } from '../limit/limit-memory.ts';
import type { CompiledLimits } from '../limit/limiter.ts';
import { Limits } from '../limit/limits.ts';
import { LeakRecognition } from '../tokens/leak-recognition.ts';
import { type AuthenticatorParts, compileAuthenticators } from './authenticators.ts';
import { type JudgedBy, judgedBy, type RecordedReading } from './call-profile.ts';
import { CallProfiles } from './call-profiles.ts';
import { Contracts } from './contracts.ts';
import { effectiveMode } from './effective-mode.ts';
import type { Evaluation } from './evaluation.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { inspectionParts } from './inspections.ts';
import { compileProtectedResources, type ProtectedResources } from './protected-resource.ts';
import { RouteCompiler } from './route-compiler.ts';
import type { ParameterMemory } from './route-learning.ts';
import { enforcesAnywhere, isInternal, unmatchedUpstream } from './unmatched-calls.ts';
import { ThreadValueJudge } from './value-judge.ts';

/** What a snapshot is made of: plain data that can be posted to a thread. */
export interface SnapshotData {
  readonly version: number;
  readonly configuration: Configuration;
  readonly peppers: Peppers;
  readonly assertionKey: AssertionKey;
  /** Registered consumers, for the methods whose credentials do not bring what is known of theirs. */
  readonly consumers: ReadonlyMap<string, Omit<Consumer, 'name'>>;
  /** Planted credentials that are known again in calls. */
  readonly decoys: PublishedDecoys;
  /** Authorities and revocation lists of the listener's clients; undefined where it asks for no certificates. */
  readonly clientTrust: ClientTrustTexts | undefined;
  /** MMDB file of countries; absent where the configuration names none. */
  readonly countries?: Uint8Array | undefined;
  /** Owners of objects that were accepted; absent: none. */
  readonly acceptedOwners?: readonly AcceptedOwner[];
  /** Exceptions for attacks that were added to the running gateway; absent: none. */
  readonly payloadExceptions?: readonly AddedException[];
}

/** Shared memory a snapshot reads, and whom it asks, the same over every version. */
export interface SnapshotParts
  extends Omit<AuthenticatorParts, 'peppers' | 'consumers' | 'clientTrust'>,
    Omit<OwnerLookupParts, 'learnedOwners' | 'ownerAnswers'> {
  readonly limits: LimitMemory;
  /** Documents that were compiled on this thread; absent: compiled for this snapshot alone. */
  readonly contracts?: Contracts;
  /** What was answered on this thread; absent: remembered by this snapshot alone. */
  readonly outsideAnswers?: OutsideAnswers;
  /** The detector of this thread; absent: its model is read for this snapshot alone. */
  readonly values?: ThreadValueJudge;
  /** What is known of parameters; absent: nothing, and nothing is learned. */
  readonly parameters?: ParameterMemory;
}

/** What others answered, over every version. */
export interface OutsideAnswers {
  readonly ownerAnswers: AnswerMemories<OwnerAnswer>;
  readonly deciderAnswers: AnswerMemories<Decided>;
}

export function rememberAnswers(): OutsideAnswers {
  return { ownerAnswers: new AnswerMemories(), deciderAnswers: new AnswerMemories() };
}

/** One authentication method as configured; compiled once, asked on every call. */
export interface Authenticator {
  readonly name: string;
  /** Lower-case names of the header fields it reads its credential from. */
  readonly credentialHeaders: readonly string[];
  /** Header fields that only trusted proxies may send; from anyone else they are stripped. */
  readonly forwardedHeaders?: readonly string[];
  /** Query parameters it reads its credential from, where it does. */
  readonly credentialParameters?: readonly string[];
  /** `WWW-Authenticate` value that invites this method. */
  readonly challenge: string;
  /** The same for a credential of this kind that no method took; undefined where it does not differ. */
  readonly refusedChallenge?: string;
  /** Whether a credential of this kind came with the call. Two kinds at once are refused, whichever is right. */
  presents(call: Call): boolean;
  /** `body` is read only by methods that cannot decide without it. */
  authenticate(call: Call, nowMs: number, body: BodySource): Verdict | Promise<Verdict>;
}

export interface CompiledRoute {
  readonly config: RouteConfig;
  /** By which rules, keys and limits know it: the same for every part of a route whose mode was set by command. */
  readonly ruleId: string;
  /** Every one of them is required. */
  readonly scopes: readonly string[];
  /** By position in STAGE_IDS: whether a denial of that stage counts. */
  readonly enforced: readonly boolean[];
  /** True where the route as a whole only observes: calls and answers pass as they came. */
  readonly observed: boolean;
  readonly authenticators: readonly Authenticator[];
  readonly credentialHeaders: readonly string[];
  /** Query parameters a credential may come in; they are not forwarded. */
  readonly credentialParameters: readonly string[];
  readonly limits: CompiledLimits;
  readonly access: CompiledAccess;
  /** What is asked of look-ups and deciders, after everything else permits. */
  readonly outside: OutsideAccess | undefined;
  readonly template: Template;
  /** By position in the path: the name of the parameter there, or empty. */
  readonly parameterNames: readonly string[];
  readonly inspections: readonly Inspection[];
  /** The most of a body that one of them looks at. */
  readonly inspectedBytesMax: number;
  /** True: calls wait for their body as long as it takes; else only for a moment, and are forwarded unread. */
  readonly waitsForBodies: boolean;
  readonly answerChecks: readonly AnswerCheck[];
  /** True: an answer may be held or changed, and is asked for whole and uncompressed. */
  readonly enforcesAnswers: boolean;
  /** Fingerprint of what it asks of contents, which no record holds. */
  readonly contentId: number;
  /** How it looks for attacks; undefined where it does not. */
  readonly reading: RecordedReading | undefined;
  /** How it asks who is calling and what it asks of contents, as one text. */
  readonly recordedBy: string;
}

/** Everything a thread judges by: compiled from one configuration, never changed, replaced whole. */
export class Snapshot {
  readonly version: number;
  readonly configuration: Configuration;
  readonly parts: SnapshotParts;
  readonly callPolicy: CallPolicy;
  readonly router: Router;
  readonly routes: readonly CompiledRoute[];
  /** Methods by name. */
  readonly methods: ReadonlyMap<string, Authenticator>;
  readonly assertions: AssertionSigner;
  readonly protectedResources: ProtectedResources;
  /** Credentials that are looked for where they must not be. */
  readonly leaks: LeakRecognition;
  readonly decoys: PresentedDecoys;
  /** True: calls that match no route pass. Never while anything enforces, whatever the configuration says. */
  readonly forwardsUnmatched: boolean;
  /** Whether anything is asked of any answer. */
  readonly judgesAnswers: boolean;
  /** Where calls go that match no route, while that is allowed. */
  readonly unmatchedUpstream: string | undefined;
  /** Limits that credentials have of their own. */
  readonly credentialLimits: CredentialLimits;
  /** Undefined where the configuration names no file of countries. */
  readonly countryOf: CountryOf | undefined;
  readonly fingerprint: Fingerprint;
  readonly judgedBy: JudgedBy;
  readonly payloadExceptions: readonly AddedException[];
  /** What is recorded of calls, so that they can be judged anew. */
  readonly profiles: CallProfiles;
  readonly #routesById: ReadonlyMap<string, CompiledRoute>;
  readonly #enforcedUnrouted: readonly boolean[];
  readonly #enforcingUpstreams: ReadonlySet<string>;

  constructor(data: SnapshotData, parts: SnapshotParts) {
    const { configuration } = data;
    this.version = data.version;
    this.payloadExceptions = data.payloadExceptions ?? [];
    this.configuration = configuration;
    this.parts = parts;
    const authenticators = compileAuthenticators(configuration.authenticators, {
      ...parts,
      peppers: data.peppers,
      consumers: { find: (name: string) => data.consumers.get(name) },
      clientTrust: data.clientTrust,
    });
    this.methods = authenticators;
    const credentialHeaders = [...new Set([...authenticators.values()].flatMap((one) => one.credentialHeaders))];
    const forwardedHeaders = [...authenticators.values()].flatMap((one) => one.forwardedHeaders ?? []);
    this.callPolicy = compileCallPolicy(configuration, credentialHeaders, [...new Set(forwardedHeaders)]);
    const limits = new Limits(parts.limits);
    this.credentialLimits = new CredentialLimits(parts.limits);
    const countryOf = compileCountries(data.countries);
    this.countryOf = countryOf;
    const answers = parts.outsideAnswers ?? rememberAnswers();
    const outside: OutsideSources = {
      lookups: compileOwnerLookups(configuration.owners, {
        ...parts,
        ...answers,
        learnedOwners: new AcceptedOwners(data.acceptedOwners ?? []),
      }),
      deciders: compileDeciders(configuration.deciders, {
        ...parts,
        ...answers,
        credentialParameters: [...authenticators.values()].flatMap((one) => one.credentialParameters ?? []),
      }),
    };
    this.fingerprint = fingerprintOf(parts.limits);
    const contracts = parts.contracts ?? new Contracts();
    const compiler = new RouteCompiler({
      configuration,
      authenticators,
      limits,
      countryOf,
      outside,
      fingerprint: this.fingerprint,
      contracts,
      inspecting: inspectionParts(
        configuration,
        limits,
        parts.parameters,
        this.payloadExceptions,
        parts.values ?? new ThreadValueJudge(),
      ),
    });
    this.routes = configuration.routes.map((route) => compiler.compile(route));
    contracts.settle();
    answers.ownerAnswers.settle();
    answers.deciderAnswers.settle();
    this.judgesAnswers = this.routes.some(({ answerChecks }) => answerChecks.length > 0);
    this.#routesById = new Map(this.routes.map((route) => [route.config.id, route]));
    this.router = compileRouter(configuration.routes.map(({ id, match }) => ({ id, ...match })));
    this.assertions = new AssertionSigner(data.assertionKey, 'sallyport');
    this.leaks = new LeakRecognition({
      brand: configuration.apiKeys.brand,
      peppers: data.peppers,
      credentials: parts.credentials,
    });
    this.judgedBy = judgedBy(data, this.fingerprint);
    this.profiles = new CallProfiles(this, this.judgedBy, this.fingerprint);
    this.decoys = new PresentedDecoys(data.decoys);
    this.protectedResources = compileProtectedResources(configuration);
    this.forwardsUnmatched = configuration.unmatched.kind === 'forward' && !enforcesAnywhere(configuration);
    this.unmatchedUpstream = unmatchedUpstream(configuration);
    this.#enforcedUnrouted = STAGE_IDS.map((stage) => effectiveMode(configuration, undefined, stage) === 'enforce');
    this.#enforcingUpstreams = new Set(
      this.routes
        .filter(({ enforced, config }) => enforced.includes(true) && !isInternal(configuration, config.upstream))
        .map(({ config }) => config.upstream),
    );
  }

  routeById(id: string): CompiledRoute | undefined {
    return this.#routesById.get(id);
  }

  /** Whether a route was written for exactly this path. */
  hasOwnRoute(path: string): boolean {
    return this.configuration.routes.some(({ match }) => match.path === path);
  }

  /** Whether a denial of a stage counts for this call. */
  enforces(stageIndex: number, stage: StageId, reason: ReasonCode, { call, route }: Evaluation): boolean {
    // What cannot be framed is not a call, in any mode.
    if (stage === 'framing' && call.fault?.fatal === true) return true;
    const enforced = route === undefined ? this.#enforcedUnrouted : route.enforced;
    if (enforced[stageIndex] === true) return true;
    // An ambiguous path may be read by the upstream as a path of a route that enforces; then observing it would open
    // that route. So it is refused as soon as any route to the same upstream enforces.
    if (!reason.startsWith('path.')) return false;
    const upstream = route === undefined ? this.unmatchedUpstream : route.config.upstream;
    return upstream === undefined ? this.#enforcingUpstreams.size > 0 : this.#enforcingUpstreams.has(upstream);
  }
}

/** Compiles a snapshot; throws where a part cannot be compiled, which loading has already refused. */
export function compileSnapshot(data: SnapshotData, parts: SnapshotParts): Snapshot {
  return new Snapshot(data, parts);
}

function compileCountries(file: Uint8Array | undefined): CountryOf | undefined {
  if (file === undefined) return undefined;
  const read = readCountries(file);
  if (!read.ok) throw new TypeError(`the file of countries cannot be used: ${read.problem}`);
  return read.countryOf;
}
