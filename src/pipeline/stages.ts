import type { StageId } from '../core/decision.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Evaluation } from './evaluation.ts';
import { judgeAdmission } from './stages/admit.ts';
import { judgeAuthentication } from './stages/authenticate.ts';
import { judgeAuthorisation } from './stages/authorise.ts';
import { judgeFraming } from './stages/framing.ts';
import { judgeInspection } from './stages/inspect.ts';
import { judgeLimits } from './stages/limit.ts';
import { judgeRoute } from './stages/route.ts';

/** One step of the way of a call. Answers a value; a promise only where its method is remote by nature. */
export interface Stage {
  readonly id: StageId;
  judge(evaluation: Evaluation): Verdict | Promise<Verdict>;
}

/** THE ORDER. Cheap and certain first; each stage may rely on what those before it established. */
export const STAGES: readonly Stage[] = [
  // Is it one unambiguous HTTP request?
  { id: 'framing', judge: judgeFraming },
  // Can this thread take it at all?
  { id: 'admit', judge: judgeAdmission },
  // Which route and upstream? Decided once, then frozen; ambiguous paths need the route's permission.
  { id: 'route', judge: judgeRoute },
  // Who is calling? Gives the principal.
  { id: 'authenticate', judge: judgeAuthentication },
  // May this principal do this? Denied unless permitted.
  { id: 'authorise', judge: judgeAuthorisation },
  // Is there room left, for this consumer, key, address and route, and for a body of this size?
  { id: 'limit', judge: judgeLimits },
  // Is what it says what the API expects, and no attack? Reads the body where a route asks for it.
  { id: 'inspect', judge: judgeInspection },
];
