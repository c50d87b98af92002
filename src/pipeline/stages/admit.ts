import { PASS, type Verdict } from '../../core/verdict.ts';
import type { Evaluation } from '../evaluation.ts';

const OVERLOADED: Verdict = Object.freeze({ kind: 'deny', reason: 'admit.overloaded', retryAfterSeconds: 1 });

/** Sheds new calls while too many are in progress: answering some in time beats answering all too late. */
export function judgeAdmission({ callsInProgress, snapshot }: Evaluation): Verdict {
  return callsInProgress > snapshot.configuration.listen.limits.callsInProgressMax ? OVERLOADED : PASS;
}
