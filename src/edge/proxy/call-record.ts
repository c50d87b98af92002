import { headerValue } from '../../core/call.ts';
import type { CallEvent, Outcome } from '../../core/event.ts';
import { type ReasonCode, reasonOf } from '../../core/reasons.ts';
import type { Signal } from '../../core/verdict.ts';
import { UNREAD_FILES } from '../../detect/payload/payload-record.ts';
import type { ThreadContext } from '../thread-context.ts';
import type { Exchange } from './exchange.ts';
import { strengthSignals } from './strength-watch.ts';

const NO_SIGNALS: readonly string[] = Object.freeze([]);

/** Of calls whose token was verified: it is not one that was planted. */
const TOKEN_METHODS: readonly string[] = ['jwt', 'introspection'];

function nameOf({ name }: Signal): string {
  return name;
}

function signalsOf({ decision, gate, leaks, call, snapshot, thread, arrivedAtMs }: Exchange): readonly string[] {
  const route = decision?.routeId === undefined ? undefined : snapshot.routeById(decision.routeId);
  const leaked = leaks.signals(call, (route?.credentialParameters.length ?? 0) > 0);
  const judged = judgedSignals(decision?.signals, gate?.signals);
  const decoys = TOKEN_METHODS.includes(decision?.principal?.method ?? '') ? NO_SIGNALS : snapshot.decoys.signals(call);
  const principal = decision?.effect === 'permit' ? decision.principal : undefined;
  const weak = strengthSignals(thread.strength, { call, route, principal, cookies: leaks.cookies, nowMs: arrivedAtMs });
  return leaked.length === 0 && decoys.length === 0 && weak.length === 0
    ? judged
    : [...judged, ...decoys, ...leaked, ...weak];
}

function judgedSignals(ofCall: readonly Signal[] = [], ofAnswer: readonly Signal[] = []): readonly string[] {
  if (ofCall.length === 0 && ofAnswer.length === 0) return NO_SIGNALS;
  return [...ofCall, ...ofAnswer].map(nameOf);
}

/** Writes the event of a finished call and counts it. A full ring drops the event and counts the drop. */
export function recordCall(exchange: Exchange): void {
  const { thread, call, decision, wire } = exchange;
  const durationMicros = exchange.closedAtMicros - exchange.arrivedAtMicros;
  const routeId = decision?.routeId ?? '';
  const principal = decision?.principal;
  const denied = decision?.effect === 'deny' ? decision : undefined;
  const answer = exchange.gate;
  // A call that would have been denied may still get its answer refused: what was done is told before what was not.
  const denial =
    denied?.enforced !== true && answer?.denial?.enforced === true ? answer.denial : (denied ?? answer?.denial);
  const outcome: Outcome = denial === undefined ? 'permitted' : denial.enforced ? 'denied' : 'observed';
  const upstreamMicros =
    exchange.upstreamHeadAtMicros === 0 ? 0 : exchange.upstreamHeadAtMicros - exchange.decidedAtMicros;
  const signals = signalsOf(exchange);
  // What was refused, answered with an error or told of in any way teaches nothing; that a file is a picture is no such word.
  const isAccepted = outcome === 'permitted' && signals.every((name) => name === UNREAD_FILES) && exchange.error === '';
  thread.sampler.settle(call, isAccepted && exchange.status >= 200 && exchange.status < 400);
  const { profiles } = exchange.snapshot;
  const path = exchange.leaks.shown(call.path);
  const route = routeId === '' ? undefined : exchange.snapshot.routeById(routeId);
  // What was found in the path may stand in a detail too, as the value of a parameter.
  const shown = (text: string): string => (path === call.path ? text : exchange.leaks.shown(text));
  const judged = decision?.trace ?? [];
  const trace =
    path === call.path
      ? judged
      : judged.map((entry) => (entry.detail === undefined ? entry : { ...entry, detail: shown(entry.detail) }));
  const facts = profiles.factsOf(call, route, principal, path, exchange.arrivedAtMs);
  const event: CallEvent = {
    requestId: call.requestId,
    timeMs: exchange.arrivedAtMs,
    method: call.method,
    scheme: call.scheme,
    host: call.host,
    path,
    httpVersion: wire.head.httpVersion,
    address: call.address.text,
    userAgent: headerValue(call.headers, 'user-agent') ?? '',
    routeId,
    consumer: principal?.consumer ?? '',
    credentialId: principal?.credentialId ?? denied?.credentialId ?? '',
    authenticator: principal?.authenticator ?? '',
    outcome,
    reason: denial?.reason ?? '',
    detail: shown(denial?.detail ?? ''),
    status: exchange.status,
    durationMicros,
    upstreamMicros,
    decisionMicros: exchange.decidedAtMicros === 0 ? 0 : exchange.decidedAtMicros - exchange.arrivedAtMicros,
    requestBytes: exchange.requestBytes,
    responseBytes: exchange.responseBytes,
    error: exchange.error,
    trace: answer === undefined || decision === undefined ? trace : [...trace, answer.trace],
    signals,
    facts,
  };
  if (!thread.events.tryWrite(event) && facts.profileText !== '') profiles.lost();
  thread.metrics.observe(routeId, call.method, exchange.status, call.scheme, wire.head.httpVersion, durationMicros);
  if (decision !== undefined) {
    thread.metrics.decided(decision, answer?.denial);
    if (exchange.upstreamHeadAtMicros !== 0 && decision.forward !== undefined)
      thread.metrics.observeUpstream(decision.forward.upstream, call.method, exchange.status, upstreamMicros);
  }
}

/** Records bytes that never became a request. */
export function recordUnparsed(thread: ThreadContext, reason: ReasonCode, requestId: string, address: string): void {
  const { status } = reasonOf(reason);
  const event: CallEvent = {
    requestId,
    timeMs: thread.clock.nowMs(),
    method: '',
    scheme: '',
    host: '',
    path: '',
    httpVersion: '',
    address,
    userAgent: '',
    routeId: '',
    consumer: '',
    credentialId: '',
    authenticator: '',
    outcome: 'denied',
    reason,
    detail: '',
    status,
    durationMicros: 0,
    upstreamMicros: 0,
    decisionMicros: 0,
    requestBytes: 0,
    responseBytes: 0,
    error: '',
    trace: [{ stage: 'framing', kind: 'deny', micros: 0, reason, enforced: true }],
    signals: NO_SIGNALS,
  };
  thread.events.tryWrite(event);
  thread.metrics.observe('', '', status, '', '', 0);
}
