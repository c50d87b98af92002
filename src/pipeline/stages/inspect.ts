import { pathParameters } from '../../authz/access-facts.ts';
import type { CollectedBody } from '../../core/call.ts';
import { STAGE_IDS } from '../../core/decision.ts';
import { NOT_APPLICABLE, PASS, type Signal, type Verdict } from '../../core/verdict.ts';
import type { Evaluation } from '../evaluation.ts';
import { CallContent } from '../inspections.ts';
import type { CompiledRoute } from '../snapshot.ts';

/** A call that is only observed is not held for longer; what did not come by then is forwarded unread. */
const OBSERVED_WAIT_MS = 1_000;
const INSPECT = STAGE_IDS.indexOf('inspect');
const EMPTY: CollectedBody = Object.freeze({ kind: 'whole', bytes: new Uint8Array(0) });

/** What is asked of the content of calls. Waits for the body only where something has to look at it. */
export function judgeInspection(evaluation: Evaluation): Verdict | Promise<Verdict> {
  const { call, route } = evaluation;
  if (route === undefined) return NOT_APPLICABLE;
  if (route.inspections.length === 0) return PASS;
  if (route.inspectedBytesMax === 0 || call.bodyFraming === 'none' || call.upgrade !== '')
    return judgeAll(evaluation, route, EMPTY);
  const withinMs = route.waitsForBodies ? undefined : OBSERVED_WAIT_MS;
  const body = evaluation.body.collect(route.inspectedBytesMax, withinMs, evaluation.principal?.consumer);
  return body instanceof Promise
    ? body.then((late) => judgeAll(evaluation, route, late))
    : judgeAll(evaluation, route, body);
}

/** The first denial that counts, else the first that is only observed; signals of all. */
function judgeAll(evaluation: Evaluation, route: CompiledRoute, body: CollectedBody): Verdict {
  switch (body.kind) {
    case 'broken':
      return { kind: 'deny', reason: 'framing.body', detail: 'the body broke off' };
    case 'busy':
      return {
        kind: 'indeterminate',
        fault: { reason: 'inspect.body', detail: 'too many bodies are held, or too much for this caller' },
      };
    case 'slow':
      return { kind: 'pass', signals: [{ name: 'inspect.unread:slow' }] };
    case 'whole':
    case 'tooLarge':
      break;
  }
  const parameters = pathParameters(route.parameterNames, evaluation.path);
  // What looks at a name that is no text could be led astray by one that looks like it.
  if (parameters === undefined)
    return { kind: 'deny', reason: 'path.encoding', detail: 'a parameter of the path is no text in UTF-8' };
  const arrived = new CallContent(evaluation, route.ruleId, parameters, body);
  let content = arrived;
  let observed: Verdict | undefined;
  let signals: Signal[] | undefined;
  let detail: string | undefined;
  for (const inspection of route.inspections) {
    const judged = inspection.judgesArrived === true ? arrived : content;
    const verdict = inspection.judge(judged.within(inspection.bodyBytesMax));
    if (verdict.kind === 'pass' && verdict.body !== undefined) {
      const bytes = verdict.body;
      content = new CallContent(evaluation, route.ruleId, parameters, { kind: 'whole', bytes });
      const isChanged = route.enforced[INSPECT] === true;
      // A call that is only observed goes on as it came; what others say of it is what they would say if this were enforced.
      if (isChanged) evaluation.forwardedBody = bytes;
      detail = `${isChanged ? 'left out of the body' : 'would be left out of the body'}: ${verdict.detail ?? ''}`;
    }
    if ((verdict.kind === 'pass' || verdict.kind === 'deny') && verdict.signals !== undefined) {
      signals ??= [];
      signals.push(...verdict.signals);
    }
    if (verdict.kind === 'pass' || verdict.kind === 'notApplicable') continue;
    if (inspection.enforced)
      return verdict.kind === 'deny' && signals !== undefined ? { ...verdict, signals } : verdict;
    observed ??= onlyObserved(verdict);
  }
  if (observed?.kind === 'deny' && signals !== undefined) return { ...observed, signals };
  if (observed !== undefined) return observed;
  if (signals === undefined) return PASS;
  return detail === undefined ? { kind: 'pass', signals } : { kind: 'pass', signals, detail };
}

function onlyObserved(verdict: Extract<Verdict, { kind: 'deny' | 'indeterminate' }>): Verdict {
  return verdict.kind === 'deny'
    ? { ...verdict, onlyObserved: true }
    : { kind: 'deny', reason: verdict.fault.reason, detail: verdict.fault.detail, onlyObserved: true };
}
