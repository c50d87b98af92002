import { assertNever } from '../core/assert-never.ts';
import { type Decision, STAGE_IDS, type StageTrace } from '../core/decision.ts';
import { type ReasonCode, reasonOf } from '../core/reasons.ts';
import type { Signal, Verdict } from '../core/verdict.ts';
import type { Clock } from '../ports.ts';
import type { Evaluation } from './evaluation.ts';
import { forwardingOf } from './forwarding.ts';
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
  /** Of the one stage whose verdict may come after the call went on. */
  late: LateVerdict | undefined;
}

/** A verdict that is still to come, and what is needed to tell afterwards what the whole would have been with it. */
interface LateVerdict {
  readonly index: number;
  readonly pending: Promise<Verdict>;
  readonly startedAt: number;
  /** As it was before. */
  readonly before: Omit<Progress, 'late'>;
  readonly since: { readonly index: number; readonly verdict: Verdict; readonly micros: number }[];
}

/** What counts until a verdict that was not waited for has come. */
const NOT_YET: Verdict = {
  kind: 'indeterminate',
  fault: { reason: 'authz.unavailable', detail: 'it was not found out before the call ended' },
};
const AUTHORISE = STAGE_IDS.indexOf('authorise');

/**
 * Runs every stage in order and combines their verdicts into one decision.
 *
 * The first enforced denial ends the run. A denial of a stage that only observes is kept, and the run goes on, so that
 * a later stage that enforces still does. Whatever cannot be judged, a throw included, counts as a denial with 503.
 * Answers a value as long as every stage does; a promise only where a stage has to wait. Nobody waits for what others say
 * of a call whose `authorise` only observes: see `Decision.whole`.
 */
export function evaluate(evaluation: Evaluation, clock: Clock): Decision | Promise<Decision> {
  const progress: Progress = {
    trace: [],
    signals: NO_SIGNALS,
    answerFields: NO_FIELDS,
    denial: undefined,
    denyingStage: undefined,
    enforced: false,
    late: undefined,
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
    if (verdict instanceof Promise) {
      if (!mayComeLate(i, evaluation)) return waitFor(verdict, i, evaluation, progress, clock, startedAt);
      const { trace, late: _, ...others } = progress;
      const before = { ...others, trace: [...trace] };
      progress.late = { index: i, pending: verdict.catch(faultOf), startedAt, before, since: [] };
      verdict = NOT_YET;
    }
    const endedAt = clock.monotonicMicros();
    if (record(stage, i, verdict, endedAt - startedAt, evaluation, progress)) break;
    startedAt = endedAt;
  }
  return conclude(evaluation, progress, clock);
}

/** Later stages need nothing of what `authorise` finds out; and where it only observes, it delays nobody. */
function mayComeLate(index: number, { dryRun, route }: Evaluation): boolean {
  return index === AUTHORISE && !dryRun && route?.enforced[index] === false;
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
  if (stage === undefined) return conclude(evaluation, progress, clock);
  const verdict = await pending.catch(faultOf);
  const endedAt = clock.monotonicMicros();
  if (record(stage, index, verdict, endedAt - startedAt, evaluation, progress))
    return conclude(evaluation, progress, clock);
  return runFrom(index + 1, evaluation, progress, clock, endedAt);
}

function conclude(evaluation: Evaluation, progress: Progress, clock: Clock): Decision {
  const decision = decide(evaluation, progress);
  const { late } = progress;
  return late === undefined ? decision : { ...decision, whole: wholeOf(late, evaluation, clock) };
}

/** Runs the verdicts again with the one that came late at its place; the call has gone on, so that it can only be observed. */
async function wholeOf(
  { index, pending, startedAt, before, since }: LateVerdict,
  evaluation: Evaluation,
  clock: Clock,
): Promise<Decision> {
  const verdict = await pending;
  const observed: Verdict =
    verdict.kind === 'deny' || verdict.kind === 'indeterminate'
      ? { ...denialOf(verdict), onlyObserved: true }
      : verdict;
  const progress: Progress = { ...before, late: undefined };
  const all = [{ index, verdict: observed, micros: clock.monotonicMicros() - startedAt }, ...since];
  for (const one of all) {
    const stage = STAGES[one.index];
    if (stage !== undefined) record(stage, one.index, one.verdict, one.micros, evaluation, progress);
  }
  return decide(evaluation, progress);
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
  if (progress.late !== undefined && progress.late.index !== index)
    progress.late.since.push({ index, verdict, micros });
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
