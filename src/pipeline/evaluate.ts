import { assertNever } from '../core/assert-never.ts';
import type { Decision, Forwarding, StageTrace } from '../core/decision.ts';
import { type ReasonCode, reasonOf } from '../core/reasons.ts';
import type { Signal, Verdict } from '../core/verdict.ts';
import type { Clock } from '../ports.ts';
import type { Evaluation } from './evaluation.ts';
import { STAGES, type Stage } from './stages.ts';

const NO_FIELDS: readonly string[] = Object.freeze([]);
const NO_SIGNALS: readonly Signal[] = Object.freeze([]);

type Denial = Extract<Verdict, { kind: 'deny' }>;

/** What is known so far while the stages run. */
interface Progress {
  readonly trace: StageTrace[];
  signals: readonly Signal[];
  answerFields: readonly string[];
  denial: Denial | undefined;
  denyingStage: Stage | undefined;
  enforced: boolean;
}

/**
 * Runs every stage in order and combines their verdicts into one decision.
 *
 * The first enforced denial ends the run. A denial of a stage that only observes is kept, and the run goes on, so that
 * a later stage that enforces still does. Whatever cannot be judged, a throw included, counts as a denial with 503.
 * Answers a value as long as every stage does; a promise only where a stage has to wait.
 */
export function evaluate(evaluation: Evaluation, clock: Clock): Decision | Promise<Decision> {
  const progress: Progress = {
    trace: [],
    signals: NO_SIGNALS,
    answerFields: NO_FIELDS,
    denial: undefined,
    denyingStage: undefined,
    enforced: false,
  };
  return runFrom(0, evaluation, progress, clock, clock.monotonicMicros());
}

function runFrom(
  first: number,
  evaluation: Evaluation,
  progress: Progress,
  clock: Clock,
  startedAt: number,
): Decision | Promise<Decision> {
  for (let i = first; i < STAGES.length; i++) {
    const stage = STAGES[i];
    if (stage === undefined) break;
    let verdict: Verdict | Promise<Verdict>;
    try {
      verdict = stage.judge(evaluation);
    } catch (error) {
      verdict = faultOf(error);
    }
    if (verdict instanceof Promise) return waitFor(verdict, i, evaluation, progress, clock, startedAt);
    const endedAt = clock.monotonicMicros();
    if (record(stage, i, verdict, endedAt - startedAt, evaluation, progress)) break;
    startedAt = endedAt;
  }
  return decide(evaluation, progress);
}

async function waitFor(
  pending: Promise<Verdict>,
  index: number,
  evaluation: Evaluation,
  progress: Progress,
  clock: Clock,
  startedAt: number,
): Promise<Decision> {
  const stage = STAGES[index];
  if (stage === undefined) return decide(evaluation, progress);
  const verdict = await pending.catch(faultOf);
  const endedAt = clock.monotonicMicros();
  if (record(stage, index, verdict, endedAt - startedAt, evaluation, progress)) return decide(evaluation, progress);
  return runFrom(index + 1, evaluation, progress, clock, endedAt);
}

/** Answers true where the run ends here. */
function record(
  stage: Stage,
  index: number,
  verdict: Verdict,
  micros: number,
  evaluation: Evaluation,
  progress: Progress,
): boolean {
  const spent = micros > 65_535 ? 65_535 : Math.round(micros);
  if (verdict.kind === 'pass' || verdict.kind === 'notApplicable') {
    if (verdict.kind === 'pass') {
      if (verdict.signals !== undefined) addSignals(progress, verdict.signals);
      if (verdict.answerFields !== undefined) addFields(progress, verdict.answerFields);
    }
    const detail = verdict.kind === 'pass' ? verdict.detail : undefined;
    const entry: StageTrace = { stage: stage.id, kind: verdict.kind, micros: spent, enforced: true };
    progress.trace.push(detail === undefined ? entry : { ...entry, detail });
    return false;
  }
  const denial = denialOf(verdict);
  if (denial.signals !== undefined) addSignals(progress, denial.signals);
  if (denial.answerFields !== undefined) addFields(progress, denial.answerFields);
  const enforced =
    denial.onlyObserved !== true && evaluation.snapshot.enforces(index, stage.id, denial.reason, evaluation);
  progress.trace.push({
    stage: stage.id,
    kind: verdict.kind,
    micros: spent,
    reason: denial.reason,
    detail: denial.detail ?? '',
    enforced,
  });
  if (enforced || progress.denial === undefined) {
    progress.denial = denial;
    progress.denyingStage = stage;
    progress.enforced = enforced;
  }
  return enforced;
}

function denialOf(verdict: Exclude<Verdict, { kind: 'pass' | 'notApplicable' }>): Denial {
  switch (verdict.kind) {
    case 'deny':
      return verdict;
    case 'indeterminate':
      return { kind: 'deny', reason: verdict.fault.reason, detail: verdict.fault.detail };
    default:
      return assertNever(verdict);
  }
}

function decide(evaluation: Evaluation, progress: Progress): Decision {
  const { route, principal, limits } = evaluation;
  const forward = forwardingOf(evaluation);
  const routeId = route?.config.id;
  const { trace, signals, answerFields, denial, denyingStage } = progress;
  if (denial === undefined || denyingStage === undefined) {
    if (trace.length === STAGES.length && forward !== undefined)
      return { effect: 'permit', routeId, principal, trace, signals, limits, answerFields, forward };
    return denied('gateway.fault', 'the stages ended without a decision', 'route', true, evaluation, progress);
  }
  // A call that observation would let through but that has nowhere to go is refused like an enforced one.
  const enforced = progress.enforced || forward === undefined;
  return {
    effect: 'deny',
    enforced,
    status: reasonOf(denial.reason).status,
    reason: denial.reason,
    detail: denial.detail ?? '',
    stage: denyingStage.id,
    retryAfterSeconds: denial.retryAfterSeconds,
    challenge: denial.challenge,
    location: denial.location,
    errors: denial.errors,
    credentialId: denial.credentialId ?? '',
    routeId,
    principal,
    trace,
    signals,
    limits,
    answerFields,
    forward,
  };
}

function denied(
  reason: ReasonCode,
  detail: string,
  stage: Stage['id'],
  enforced: boolean,
  evaluation: Evaluation,
  progress: Progress,
): Decision {
  return {
    effect: 'deny',
    enforced,
    status: reasonOf(reason).status,
    reason,
    detail,
    stage,
    retryAfterSeconds: undefined,
    challenge: undefined,
    location: undefined,
    credentialId: '',
    routeId: evaluation.route?.config.id,
    principal: evaluation.principal,
    trace: progress.trace,
    signals: progress.signals,
    limits: evaluation.limits,
    answerFields: progress.answerFields,
    forward: undefined,
  };
}

function forwardingOf(evaluation: Evaluation): Forwarding | undefined {
  const { route, snapshot, call } = evaluation;
  const upstream = route !== undefined ? route.config.upstream : snapshot.unmatchedUpstream;
  if (upstream === undefined || call.fault?.fatal === true) return undefined;
  const asItCame = route !== undefined ? route.observed : true;
  const keepCredentials = asItCame || (route?.config.keepCredentials ?? false);
  const query =
    keepCredentials || route === undefined ? call.query : withoutParameters(call.query, route.credentialParameters);
  return {
    upstream,
    target: query === '' ? evaluation.path : `${evaluation.path}?${query}`,
    asItCame,
    keepCredentials,
    bodyBytesMax: asItCame || route === undefined ? Number.POSITIVE_INFINITY : route.config.bodyBytesMax,
  };
}

/** A query without the parameters credentials come in, however their names are encoded; the others stay as they are. */
function withoutParameters(query: string, names: readonly string[]): string {
  if (query === '' || names.length === 0) return query;
  const kept = query.split('&').filter((pair) => {
    const mark = pair.indexOf('=');
    return !names.includes(decoded(mark < 0 ? pair : pair.slice(0, mark)));
  });
  return kept.join('&');
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    return name;
  }
}

function addSignals(progress: Progress, signals: readonly Signal[]): void {
  progress.signals = progress.signals.length === 0 ? signals : [...progress.signals, ...signals];
}

function addFields(progress: Progress, fields: readonly string[]): void {
  progress.answerFields = progress.answerFields.length === 0 ? fields : [...progress.answerFields, ...fields];
}

/** A throw inside a stage: the message may hold request data, so only its class is kept. */
function faultOf(error: unknown): Verdict {
  const name = error instanceof Error ? error.name : typeof error;
  return { kind: 'indeterminate', fault: { reason: 'gateway.fault', detail: `the stage threw ${name}` } };
}
