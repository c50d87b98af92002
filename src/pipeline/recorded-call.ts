import { pathParameters } from '../authz/access-facts.ts';
import { judgeKeyRoutes } from '../authz/key-routes.ts';
import { RecordedAccess } from '../authz/recorded-access.ts';
import { judgeScopes } from '../authz/scopes.ts';
import { assertNever, assertNothingLeft } from '../core/assert-never.ts';
import type { Call } from '../core/call.ts';
import { STAGE_IDS, type StageId } from '../core/decision.ts';
import type { CallEvent, Outcome } from '../core/event.ts';
import type { Principal } from '../core/principal.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { addressGroup } from '../http/client-address.ts';
import type { CallProfile, ProfiledPrincipal } from './call-profile.ts';
import { asForwarded, beginEvaluation, EMPTY_BODY, type Evaluation } from './evaluation.ts';
import { identify } from './recorded-authentication.ts';
import { RecordedLimits } from './recorded-limits.ts';
import { RecordedPayloads } from './recorded-payload.ts';
import type { CompiledRoute, Snapshot } from './snapshot.ts';
import { judgeRoute } from './stages/route.ts';

/** What would have become of a recorded call. */
export type RecordedJudgement =
  | {
      readonly kind: 'known';
      readonly outcome: Outcome;
      readonly reason: string;
      readonly rule: string;
      readonly routeId: string;
    }
  | { readonly kind: 'unknown'; readonly why: string; readonly mayBeDenied: boolean; readonly routeId: string };

type StageAnswer =
  | { readonly kind: 'pass' }
  | { readonly kind: 'deny'; readonly reason: string; readonly rule: string; readonly onlyObserved?: true }
  | { readonly kind: 'unknown'; readonly why: string };

/** As the stage `inspect` says it of a body that did not come in time. */
const UNREAD_SIGNAL = 'inspect.unread:slow';
/** An answer in part (RFC 9110 §15.3.7), which nothing that enforces lets through. */
const PARTIAL = 206;
const PASS: StageAnswer = Object.freeze({ kind: 'pass' });

/** Judges recorded calls by a snapshot whose limits are a memory of this replay alone. Calls come in the order of their time. */
export class RecordedCalls {
  readonly #snapshot: Snapshot;
  readonly #limits = new RecordedLimits();
  readonly #payloads: RecordedPayloads;
  readonly #access = new Map<CompiledRoute, RecordedAccess>();
  #nowMicros = 0;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    this.#payloads = new RecordedPayloads(snapshot);
  }

  judge(event: CallEvent, profile: CallProfile | undefined): RecordedJudgement {
    const { routeId } = event;
    // Bytes that were no request are none by any configuration.
    if (event.method === '') return { kind: 'known', outcome: event.outcome, reason: event.reason, rule: '', routeId };
    if (event.facts === undefined || profile === undefined) {
      const why =
        event.facts === undefined ? 'the call was recorded by an earlier release' : 'the profile of the call is lost';
      return { kind: 'unknown', why, mayBeDenied: true, routeId };
    }
    // The clock of limits never goes back.
    this.#nowMicros = Math.max(this.#nowMicros, event.timeMs * 1_000);
    const evaluation = beginEvaluation(
      callOf(event),
      EMPTY_BODY,
      this.#snapshot,
      event.timeMs,
      this.#nowMicros,
      1,
      false,
    );
    return this.#run(event, profile, evaluation);
  }

  #run(event: CallEvent, profile: CallProfile, evaluation: Evaluation): RecordedJudgement {
    let why: string | undefined;
    let mayBeDenied = false;
    let observed: { reason: string; rule: string } | undefined;
    let identityUnknown = false;
    for (const [index, stage] of STAGE_IDS.entries()) {
      const answer = this.#ask(stage, event, profile, evaluation, identityUnknown, !mayBeDenied);
      if (answer.kind === 'pass') continue;
      const routeId = evaluation.route?.config.id ?? '';
      if (answer.kind === 'deny') {
        const enforced =
          answer.onlyObserved !== true &&
          this.#snapshot.enforces(index, stage, answer.reason as ReasonCode, evaluation);
        if (enforced) return { kind: 'known', outcome: 'denied', reason: answer.reason, rule: answer.rule, routeId };
        observed ??= { reason: answer.reason, rule: answer.rule };
        continue;
      }
      if (stage === 'route') return { kind: 'unknown', why: answer.why, mayBeDenied: true, routeId: '' };
      if (stage === 'authenticate') identityUnknown = true;
      why ??= answer.why;
      if (this.#snapshot.enforces(index, stage, 'authz.rule', evaluation)) mayBeDenied = true;
    }
    const routeId = evaluation.route?.config.id ?? '';
    const leads = evaluation.route !== undefined || this.#snapshot.unmatchedUpstream !== undefined;
    if (!leads)
      return { kind: 'known', outcome: 'denied', reason: observed?.reason ?? 'route.not_found', rule: '', routeId };
    if (mayBeDenied) return { kind: 'unknown', why: why ?? '', mayBeDenied, routeId };
    if (observed !== undefined) return { kind: 'known', outcome: 'observed', ...observed, routeId };
    if (why !== undefined) return { kind: 'unknown', why, mayBeDenied, routeId };
    return { kind: 'known', outcome: 'permitted', reason: '', rule: '', routeId };
  }

  #ask(
    stage: StageId,
    event: CallEvent,
    profile: CallProfile,
    evaluation: Evaluation,
    identityUnknown: boolean,
    certain: boolean,
  ): StageAnswer {
    const { route } = evaluation;
    switch (stage) {
      case 'framing':
        if (profile.framing !== this.#snapshot.judgedBy.framing)
          return { kind: 'unknown', why: 'framing under other bounds of the head' };
        return evaluation.call.fault === undefined
          ? PASS
          : { kind: 'deny', reason: evaluation.call.fault.reason, rule: '' };
      case 'admit': {
        // How busy a thread was does not depend on the rules.
        const recorded = event.trace.find((entry) => entry.stage === 'admit');
        return recorded?.kind === 'deny' ? { kind: 'deny', reason: recorded.reason ?? '', rule: '' } : PASS;
      }
      case 'route': {
        if (event.facts?.pathWhole !== true) return { kind: 'unknown', why: 'the whole path' };
        const verdict = judgeRoute(evaluation);
        return verdict.kind === 'deny' ? { kind: 'deny', reason: verdict.reason, rule: '' } : PASS;
      }
      case 'authenticate': {
        if (route === undefined) return PASS;
        const identity = identify(event, profile, route, this.#snapshot);
        if (identity.kind !== 'known') return identity.kind === 'deny' ? { ...identity, rule: '' } : identity;
        evaluation.principal = identity.principal;
        return PASS;
      }
      case 'authorise':
        return route === undefined ? PASS : this.#authorise(event, profile, evaluation, route, identityUnknown);
      case 'limit': {
        if (route === undefined) return PASS;
        if (evaluation.call.bodyBytesDeclared > route.config.bodyBytesMax)
          return { kind: 'deny', reason: 'body.too_large', rule: '' };
        if (identityUnknown || profile.proxies !== this.#snapshot.judgedBy.proxies) {
          if (route.config.limits.length === 0 && !identityUnknown && evaluation.principal?.restrictions === undefined)
            return PASS;
          this.#limits.lose(evaluation, route);
          return route.config.limits.length === 0 ? PASS : { kind: 'unknown', why: 'whose limits the call counts in' };
        }
        const verdict = this.#limits.judge(evaluation, route, certain);
        if (verdict === 'unknown')
          return { kind: 'unknown', why: 'how far limits were used up by calls that could not be told' };
        if (verdict.kind === 'deny') return { kind: 'deny', reason: verdict.reason, rule: verdict.detail ?? '' };
        // The memory of the replay is another than that of the gateway; how full it is says nothing.
        return verdict.kind === 'indeterminate'
          ? { kind: 'unknown', why: 'whether there is room to count limits in' }
          : PASS;
      }
      case 'inspect':
        return route === undefined ? PASS : this.#inspect(event, profile, evaluation, route, identityUnknown, certain);
      case 'answer':
        return route === undefined
          ? PASS
          : this.#content(stage, event, profile, evaluation, route, identityUnknown, route.answerChecks);
      default:
        return assertNever(stage);
    }
  }

  /** Attacks are looked for last, and only where everything else let the call through or never refuses. */
  #inspect(
    event: CallEvent,
    profile: CallProfile,
    evaluation: Evaluation,
    route: CompiledRoute,
    principalUnknown: boolean,
    certain: boolean,
  ): StageAnswer {
    const recorded = event.trace.find(({ stage }) => stage === 'inspect');
    const wasAttack = recorded?.kind === 'deny' && recorded.reason?.startsWith('payload.') === true;
    const others = route.inspections.filter(({ id }) => id !== 'payload');
    const looksForAttacks = others.length < route.inspections.length;
    // What keeps a body from being read at all is said by the stage, whoever asked for it.
    const asked = wasAttack || !isOfStage(recorded?.reason) ? others : route.inspections;
    const ofOthers = wasAttack
      ? this.#content(
          'inspect',
          { ...event, trace: [{ ...recorded, kind: 'pass' }] },
          profile,
          evaluation,
          route,
          principalUnknown,
          asked,
        )
      : this.#content('inspect', event, profile, evaluation, route, principalUnknown, asked);
    if (!looksForAttacks || (ofOthers.kind === 'deny' && ofOthers.onlyObserved !== true)) return ofOthers;
    const isSame =
      profile.content === route.contentId &&
      profile.proxies === this.#snapshot.judgedBy.proxies &&
      !principalUnknown &&
      isRecorded(evaluation.principal, profile.principal);
    // What others refused, and do not refuse any more, was not looked through.
    const wasLookedAt =
      isSame &&
      !event.signals.includes(UNREAD_SIGNAL) &&
      (wasAttack || recorded?.kind === 'pass' || ofOthers.kind === 'deny');
    const verdict =
      !wasLookedAt || recorded === undefined ? undefined : wasAttack ? { reason: recorded.reason ?? '' } : 'pass';
    const attack = this.#payloads.judge(event, profile.payload, verdict, evaluation, route, certain);
    if (attack.kind === 'deny') return { ...attack, rule: '' };
    if (attack.kind === 'unknown') return attack;
    // Of what was refused as an attack it was not kept what others only observed.
    return wasAttack && ofOthers.kind === 'pass' && others.some(({ enforced }) => !enforced)
      ? { kind: 'unknown', why: 'what inspect asks of the content' }
      : ofOthers;
  }

  /** No content was kept: the recorded verdict is the same where the same was asked of the same caller, else it is not known. */
  #content(
    stage: 'inspect' | 'answer',
    event: CallEvent,
    profile: CallProfile,
    evaluation: Evaluation,
    route: CompiledRoute,
    principalUnknown: boolean,
    asked: readonly { readonly enforced: boolean }[],
  ): StageAnswer {
    if (asked.length === 0) return PASS;
    const recorded = event.trace.find((entry) => entry.stage === stage);
    const { judgedBy } = this.#snapshot;
    const sameAsked = profile.content === route.contentId && profile.proxies === judgedBy.proxies;
    const sameCaller = !principalUnknown && isRecorded(evaluation.principal, profile.principal);
    const unknown: StageAnswer = { kind: 'unknown', why: `what ${stage} asks of the content` };
    if (recorded === undefined || !sameAsked || !sameCaller) return unknown;
    const enforced = asked.filter((one) => one.enforced).length;
    const isPass = recorded.kind === 'pass' || recorded.kind === 'notApplicable';
    if (isPass) {
      // What passed unread while it was observed may be waited for, or refused, where it is enforced.
      const unread = stage === 'inspect' ? event.signals.includes(UNREAD_SIGNAL) : event.status === PARTIAL;
      return unread && enforced > 0 ? unknown : PASS;
    }
    const { reason = '' } = recorded;
    if (enforced === 0) return { kind: 'deny', reason, rule: '', onlyObserved: true };
    if (enforced === asked.length || recorded.enforced) return { kind: 'deny', reason, rule: '' };
    // It was observed, by something that never enforces or by something that does now.
    return this.#snapshot.enforces(STAGE_IDS.indexOf(stage), stage, 'authz.rule', evaluation)
      ? unknown
      : { kind: 'deny', reason, rule: '', onlyObserved: true };
  }

  #authorise(
    event: CallEvent,
    profile: CallProfile,
    evaluation: Evaluation,
    route: CompiledRoute,
    principalUnknown: boolean,
  ): StageAnswer {
    const { call, principal, path, nowMs } = evaluation;
    const { scopes, access: _, ...others } = route.config.authorize;
    assertNothingLeft(others);
    let unknown: StageAnswer | undefined;
    if (principalUnknown)
      unknown = scopes.length > 0 ? { kind: 'unknown', why: 'the scopes of the caller' } : undefined;
    else {
      const missing = scopes.find((scope) => judgeScopes([scope], principal).kind === 'deny');
      if (missing !== undefined) return { kind: 'deny', reason: 'authz.scope', rule: missing };
      const confined = judgeKeyRoutes(principal?.restrictions ?? [], route.ruleId, call.method);
      if (confined.kind === 'deny') return { kind: 'deny', reason: confined.reason, rule: '' };
    }
    if (route.outside !== undefined) unknown ??= { kind: 'unknown', why: 'what look-ups and deciders outside say' };
    if (!route.access.asks) return unknown ?? PASS;
    const parameters = pathParameters(route.parameterNames, path);
    if (parameters === undefined) return { kind: 'deny', reason: 'authz.rule', rule: 'the path is no text' };
    const verdict = this.#accessOf(route).judge({
      call: asForwarded(evaluation),
      principal,
      routeId: route.ruleId,
      parameters,
      nowMs,
      principalUnknown,
      issueUnknown: event.facts?.issuedAtSeconds === undefined,
      addressUnknown: profile.proxies !== this.#snapshot.judgedBy.proxies,
      isSubject: this.#subjectOf(event, principal),
    });
    return verdict.kind === 'pass' ? (unknown ?? PASS) : verdict;
  }

  #subjectOf({ facts }: CallEvent, principal: Principal | undefined): ((text: string) => boolean) | undefined {
    if (principal === undefined || facts === undefined || facts.subjectIsConsumer || facts.subjectId === 0)
      return undefined;
    return (text) => this.#snapshot.fingerprint(`subject ${text}`) === facts.subjectId;
  }

  #accessOf(route: CompiledRoute): RecordedAccess {
    let access = this.#access.get(route);
    if (access === undefined) {
      const names = route.parameterNames.filter((name) => name !== '');
      access = new RecordedAccess(route.config.authorize.access, names, this.#snapshot.countryOf);
      this.#access.set(route, access);
    }
    return access;
  }
}

/** Whether a body was refused before anything looked at it. */
function isOfStage(reason: string | undefined): boolean {
  return reason === 'framing.body' || reason === 'inspect.body' || reason === 'path.encoding';
}

/** Whether a caller is as it was recorded, with all that rules for contents may look at. */
function isRecorded(now: Principal | undefined, then: ProfiledPrincipal | undefined): boolean {
  if (now === undefined || then === undefined) return now === undefined && then === undefined;
  // Only these two are given by the configuration; the rest is the record.
  return now.tier === then.tier && now.groups.join('\n') === then.groups.join('\n');
}

/** As much of a call as its record holds. What is not there is asked for by nobody who judges records. */
function callOf(event: CallEvent): Call {
  const framed = event.trace.find(({ stage }) => stage === 'framing');
  const reason = framed?.kind === 'deny' ? framed.reason : undefined;
  return {
    requestId: event.requestId,
    method: event.method,
    scheme: event.scheme === 'https' ? 'https' : 'http',
    host: event.host,
    path: event.path,
    pathAmbiguities: event.facts?.pathAmbiguities ?? 0,
    query: '',
    httpVersion: event.httpVersion === '2.0' || event.httpVersion === '1.0' ? event.httpVersion : '1.1',
    headers: [],
    address: { text: event.address, group: addressGroup(event.address) },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'none',
    bodyBytesDeclared: event.facts?.bodyBytesDeclared ?? -1,
    upgrade: '',
    // Only a path without a clear reading leaves a host: everything else cannot be framed at all.
    fault: reason === undefined ? undefined : { reason, detail: '', fatal: event.host === '' },
  };
}
