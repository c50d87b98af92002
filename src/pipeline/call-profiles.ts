import { type Call, headerValue } from '../core/call.ts';
import type { CallFacts } from '../core/event.ts';
import type { Principal } from '../core/principal.ts';
import { type CallProfile, type JudgedBy, namesOf, watchedFields } from './call-profile.ts';
import { CHARACTERS_MAX } from './event-layout.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { Authenticator, CompiledRoute, Snapshot } from './snapshot.ts';

/** Distinct profiles remembered; full, it begins anew. */
const PROFILES_MAX = 4_096;
/** So often a profile is told again, so that one that was lost, or was pruned, is known again. */
const TOLD_EVERY_MS = 300_000;
const METHODS_MAX = 24;

interface Known {
  readonly id: number;
  readonly text: string;
  toldAtMs: number;
}

interface Identified {
  readonly known: Known;
  readonly subjectId: number;
}

interface Seen {
  readonly nobody: Known;
  readonly byPrincipal: WeakMap<Principal, Identified>;
}

/** The profiles of one snapshot on one thread: what calls have in common is put into words once. */
export class CallProfiles {
  readonly #fingerprint: Fingerprint;
  readonly #judgedBy: JudgedBy;
  readonly #methods: readonly Authenticator[];
  readonly #isMtls: readonly boolean[];
  readonly #fields: readonly string[];
  readonly #seen = new Map<string, Map<number, Seen>>();
  #byText = new Map<string, Known>();
  #last: Known | undefined;

  constructor(snapshot: Pick<Snapshot, 'methods' | 'configuration'>, judged: JudgedBy, fingerprint: Fingerprint) {
    this.#fingerprint = fingerprint;
    this.#judgedBy = judged;
    this.#methods = [...snapshot.methods.values()].slice(0, METHODS_MAX);
    this.#isMtls = this.#methods.map(({ name }) => snapshot.configuration.authenticators[name]?.type === 'mtls');
    this.#fields = watchedFields(snapshot.methods);
  }

  /** What is recorded of a call besides what was decided. */
  factsOf(
    call: Call,
    route: CompiledRoute | undefined,
    principal: Principal | undefined,
    shownPath: string,
    nowMs: number,
  ): CallFacts {
    const seen = this.#seenOf(route, this.#presented(call));
    let known = seen.nobody;
    let subjectId = 0;
    if (principal !== undefined) {
      let identified = seen.byPrincipal.get(principal);
      if (identified === undefined) {
        identified = this.#identify(call, route, principal);
        seen.byPrincipal.set(principal, identified);
      }
      known = identified.known;
      subjectId = identified.subjectId;
    }
    let profileText = '';
    if (nowMs - known.toldAtMs >= TOLD_EVERY_MS || nowMs < known.toldAtMs) {
      known.toldAtMs = nowMs;
      profileText = known.text;
      this.#last = known;
    }
    return {
      pathAmbiguities: call.pathAmbiguities,
      pathWhole: shownPath === call.path && shownPath.length <= CHARACTERS_MAX.path,
      bodyBytesDeclared: call.bodyBytesDeclared,
      authenticatedAtSeconds: principal?.authenticatedAtSeconds ?? 0,
      issuedAtSeconds: principal?.issuedAtSeconds ?? 0,
      subjectIsConsumer: principal !== undefined && principal.subject === principal.consumer,
      subjectId,
      profileId: known.id,
      profileText,
    };
  }

  /** The record that told a profile did not get through: the next one tells it. */
  lost(): void {
    if (this.#last !== undefined) this.#last.toldAtMs = Number.NEGATIVE_INFINITY;
  }

  /** One bit for each method and field. */
  #presented(call: Call): number {
    let bits = 0;
    for (let i = 0; i < this.#methods.length; i++) {
      const method = this.#methods[i];
      if (method !== undefined && this.#presents(method, i, call)) bits |= 1 << i;
    }
    let fields = 0;
    for (let i = 0; i < this.#fields.length; i++)
      if (headerValue(call.headers, this.#fields[i] ?? '') !== undefined) fields |= 1 << i;
    return (bits >>> 0) * 65_536 + fields;
  }

  /** A certificate is no credential that was presented, yet may be taken. */
  #presents(method: Authenticator, index: number, call: Call): boolean {
    if (this.#isMtls[index] !== true) return method.presents(call);
    return (
      call.peer !== undefined || method.credentialHeaders.some((name) => headerValue(call.headers, name) !== undefined)
    );
  }

  #seenOf(route: CompiledRoute | undefined, presented: number): Seen {
    const rule = route?.recordedBy ?? 'unrouted';
    let byPresented = this.#seen.get(rule);
    if (byPresented === undefined) {
      byPresented = new Map();
      this.#seen.set(rule, byPresented);
    }
    let seen = byPresented.get(presented);
    if (seen === undefined) {
      if (byPresented.size >= PROFILES_MAX) byPresented.clear();
      seen = { nobody: this.#put(this.#profile(route, presented, undefined)), byPrincipal: new WeakMap() };
      byPresented.set(presented, seen);
    }
    return seen;
  }

  #identify(call: Call, route: CompiledRoute | undefined, principal: Principal): Identified {
    return {
      known: this.#put(this.#profile(route, this.#presented(call), principal)),
      subjectId: principal.subject === '' ? 0 : this.#fingerprint(`subject ${principal.subject}`),
    };
  }

  #profile(route: CompiledRoute | undefined, presented: number, principal: Principal | undefined): CallProfile {
    const methods = Math.floor(presented / 65_536);
    const { framing, proxies } = this.#judgedBy;
    return {
      version: 1,
      framing,
      proxies,
      content: route?.contentId ?? 0,
      ...(route?.reading === undefined ? {} : { payload: route.reading }),
      rule: route?.config.authenticate.kind ?? 'unrouted',
      asked: route === undefined ? [] : namesOf(route.config.authenticate),
      methods: Object.fromEntries(
        this.#methods.map(({ name }, i) => [
          name,
          [this.#judgedBy.methods.get(name) ?? 0, (methods & (1 << i)) !== 0] as const,
        ]),
      ),
      fields: Object.fromEntries(this.#fields.map((name, i) => [name, (presented & (1 << i)) !== 0])),
      principal:
        principal === undefined
          ? undefined
          : {
              method: principal.method,
              binding: principal.binding,
              scopes: principal.scopes,
              groups: principal.groups,
              roles: principal.roles,
              tier: principal.tier,
              issuer: principal.issuer,
              clientId: principal.clientId,
              acr: principal.acr,
              ...(principal.restrictions === undefined ? {} : { restrictions: principal.restrictions }),
            },
    };
  }

  #put(profile: CallProfile): Known {
    const text = JSON.stringify(profile);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    if (this.#byText.size >= PROFILES_MAX) this.#byText = new Map();
    // One that is too long to be kept is none: the call cannot be judged anew, and says so.
    const kept = text.length <= CHARACTERS_MAX.profileText;
    const made: Known = {
      id: kept ? this.#fingerprint(`profile ${text}`) : 0,
      text: kept ? text : '',
      toldAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#byText.set(text, made);
    return made;
  }
}
