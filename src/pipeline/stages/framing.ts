import { PASS, type Verdict } from '../../core/verdict.ts';
import type { Evaluation } from '../evaluation.ts';

/** Turns what was found while the call was put into canonical form (http/call.ts) into a verdict. */
export function judgeFraming({ call }: Evaluation): Verdict {
  return call.fault === undefined ? PASS : { kind: 'deny', reason: call.fault.reason, detail: call.fault.detail };
}
