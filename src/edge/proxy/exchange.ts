import type { Duplex } from 'node:stream';
import type { Call } from '../../core/call.ts';
import type { Decision, Forwarding } from '../../core/decision.ts';
import type { ReasonCode } from '../../core/reasons.ts';
import { reasonOf } from '../../core/reasons.ts';
import { toCall } from '../../http/call.ts';
import { clientOrigin } from '../../http/client-origin.ts';
import { evaluate } from '../../pipeline/evaluate.ts';
import { beginEvaluation, EMPTY_BODY } from '../../pipeline/evaluation.ts';
import { protectedResourceDocument } from '../../pipeline/protected-resource.ts';
import type { Snapshot } from '../../pipeline/snapshot.ts';
import type { ThreadContext } from '../thread-context.ts';
import type { UpstreamError, UpstreamErrorCode, UpstreamFlow, UpstreamHandler } from '../upstream/engine.ts';
import type { UpstreamTarget } from '../upstream/upstream.ts';
import { Upstream } from '../upstream/upstream.ts';
import { answerHeaders, problemText } from './answer.ts';
import type { AnswerGate } from './answer-gate.ts';
import { recordCall } from './call-record.ts';
import { requestHeaders, responseHeaders, responseTrailers } from './forward-headers.ts';
import { judgedHeaders, openAnswerGate, rewrittenHeaders } from './judged-answer.ts';
import { LeakWatch } from './leak-watch.ts';
import { RequestBody } from './request-body.ts';
import type { WireCall, WireListener } from './wire.ts';

/** Longer bodies gain nothing from leaving together with the head. */
const JOINED_BYTES_MAX = 16_384;
/** A refused call with a body larger than this is not read to its end to save the connection. */
const DRAIN_BYTES_MAX = 65_536;

/**
 * One call on its way: judged, then answered or forwarded, then recorded.
 * It is at once the listener of the client's side and the handler of the upstream's, so that a call costs one object
 * and no closures.
 */
export class Exchange implements WireListener, UpstreamHandler {
  readonly thread: ThreadContext;
  readonly wire: WireCall;
  readonly snapshot: Snapshot;
  readonly leaks: LeakWatch;
  readonly call: Call;
  readonly arrivedAtMs: number;
  readonly arrivedAtMicros: number;
  decision: Decision | undefined = undefined;
  decidedAtMicros = 0;
  closedAtMicros = 0;
  upstreamHeadAtMicros = 0;
  /** Status sent to the client, 0 before. */
  status = 0;
  requestBytes = 0;
  responseBytes = 0;
  error: ReasonCode | '' = '';
  /** What is asked of the answer; undefined where nothing is, or none has come. */
  gate: AnswerGate | undefined = undefined;
  /** Head of an answer that is not passed on before something of its body may be. */
  #heldHead: readonly string[] | undefined = undefined;
  #heldStatus = 0;
  #forward: Forwarding | undefined = undefined;
  #upstream: Upstream | undefined = undefined;
  #target: UpstreamTarget | undefined = undefined;
  #flow: UpstreamFlow | undefined = undefined;
  #triesLeft = 2;
  #headPending = false;
  /** First piece of the body, held until it is known whether it is the whole. */
  #firstPiece: Buffer | undefined = undefined;
  /** Undefined where the call has none. */
  readonly #body: RequestBody | undefined;
  #done = false;

  constructor(thread: ThreadContext, wire: WireCall) {
    this.thread = thread;
    this.wire = wire;
    this.snapshot = thread.snapshot;
    this.arrivedAtMs = thread.clock.nowMs();
    this.arrivedAtMicros = thread.clock.monotonicMicros();
    this.call = toCall(wire.head, this.snapshot.callPolicy, thread.requestIds.next());
    this.#body =
      this.call.bodyFraming === 'none' || wire.endsWithHead
        ? undefined
        : new RequestBody(wire, thread.bodies, this.call);
    this.leaks = new LeakWatch(this.snapshot.leaks);
  }

  /** Judges the call and lets the decision take its course. */
  start(): void {
    const { thread } = this;
    thread.callsInProgress++;
    this.wire.listener = this;
    const document = protectedResourceDocument(this.snapshot, this.call);
    if (document !== undefined) {
      this.#answerDocument(document);
      return;
    }
    const evaluation = beginEvaluation(
      this.call,
      this.#body ?? EMPTY_BODY,
      this.snapshot,
      this.arrivedAtMs,
      this.arrivedAtMicros,
      thread.callsInProgress,
      false,
    );
    const decision = evaluate(evaluation, thread.clock);
    if (decision instanceof Promise) decision.then((value) => this.#carryOut(value)).catch(() => this.#fault());
    else this.#carryOut(decision);
  }

  #carryOut(decision: Decision): void {
    this.decision = decision;
    this.decidedAtMicros = this.thread.clock.monotonicMicros();
    if (this.#done) return;
    if (decision.effect === 'deny' && decision.enforced) {
      this.#refuse(decision.reason);
      return;
    }
    if (this.thread.draining) this.wire.closeAfterResponse();
    const forward = decision.forward;
    const upstream = forward === undefined ? undefined : this.thread.upstreams.get(forward.upstream);
    if (forward === undefined || upstream === undefined) {
      this.#refuse('gateway.fault');
      return;
    }
    if (this.#body?.isCollectedBeyond(forward.bodyBytesMax) === true) {
      this.#refuse('body.too_large');
      return;
    }
    if (forward.body !== undefined && this.#body?.replaceWith(forward.body) !== true) {
      this.#refuse('gateway.fault');
      return;
    }
    this.#forward = forward;
    this.#upstream = upstream;
    this.#body?.askFor();
    this.#send(undefined);
  }

  /** What the gateway itself publishes: no secret, and the same for everyone. */
  #answerDocument(document: string): void {
    const { wire, call } = this;
    if (this.thread.draining || call.bodyFraming !== 'none') wire.closeAfterResponse();
    this.status = 200;
    wire.writeHead(200, '', [
      'content-type',
      'application/json',
      'content-length',
      String(Buffer.byteLength(document)),
      'cache-control',
      'max-age=3600',
      'access-control-allow-origin',
      '*',
      'sallyport-request-id',
      call.requestId,
    ]);
    this.responseBytes = call.method === 'HEAD' ? 0 : Buffer.byteLength(document);
    wire.end(call.method === 'HEAD' ? undefined : document, undefined);
  }

  /** Answers with a problem document; `reason` says which. */
  #refuse(reason: ReasonCode): void {
    const { wire, call } = this;
    const fatal = reason.startsWith('framing.') || reason === 'path.encoding';
    const undrained = call.bodyFraming === 'chunked' || call.bodyBytesDeclared > DRAIN_BYTES_MAX;
    if (fatal || undrained || this.thread.draining) wire.closeAfterResponse();
    const decision = this.decision;
    const denial = decision?.effect === 'deny' && decision.reason === reason ? decision : undefined;
    const body = problemText(reason, call.requestId, denial?.errors);
    this.status = reasonOf(reason).status;
    wire.writeHead(
      this.status,
      '',
      answerHeaders(reason, call.requestId, body, denial, decision?.limits, clientOrigin(call)),
    );
    if (call.method === 'HEAD') {
      wire.end(undefined, undefined);
      return;
    }
    this.responseBytes = body.length;
    wire.end(body, undefined);
  }

  // ---- towards the upstream

  #send(avoid: UpstreamTarget | undefined): void {
    const upstream = this.#upstream;
    const forward = this.#forward;
    const decision = this.decision;
    if (upstream === undefined || forward === undefined || decision === undefined) return;
    const target = upstream.balancer.choose(avoid);
    if (target === undefined) {
      this.#fail('upstream.unreachable');
      return;
    }
    this.#triesLeft--;
    this.#target = target;
    target.inProgress++;
    const host = upstream.config.preserveHost ? this.call.host : Upstream.hostOf(target);
    target.engine.send(
      {
        method: this.call.method,
        target: forward.asItCame && this.wire.head.target.startsWith('/') ? this.wire.head.target : forward.target,
        headers: requestHeaders(this, forward, decision, host),
        body: this.#body?.forwarded(forward.bodyBytesMax),
        bodyBytes: this.#body?.length ?? this.call.bodyBytesDeclared,
        headTimeoutMs: upstream.headTimeoutMs,
        bodyTimeoutMs: upstream.bodyTimeoutMs,
        upgrade: this.call.upgrade !== '',
      },
      this,
    );
  }

  onStart(flow: UpstreamFlow): void {
    this.#flow = flow;
    if (this.#done) flow.abort();
  }

  onHead(status: number, headers: readonly string[]): void {
    if (this.#done) return;
    this.upstreamHeadAtMicros = this.thread.clock.monotonicMicros();
    this.leaks.head(headers);
    this.gate = this.snapshot.judgesAnswers ? openAnswerGate(this, status, headers) : undefined;
    switch (this.gate?.way) {
      case 'refuse':
        this.#refuseAnswer();
        return;
      case 'hold':
      case 'stream':
        this.#heldStatus = status;
        this.#heldHead = headers;
        return;
      default:
        this.#writeHead(status, judgedHeaders(this.gate, responseHeaders(this, headers), undefined));
    }
  }

  #writeHead(status: number, headers: string[]): void {
    this.status = status;
    this.#headPending = true;
    this.wire.writeHead(status, '', headers);
    process.nextTick(flushPendingHead, this);
  }

  /** Sends the head that was held. `bytes`: length of the body, where it is known by now. */
  #writeHeldHead(bytes: number | undefined): void {
    const head = this.#heldHead;
    if (head === undefined) return;
    this.#heldHead = undefined;
    const headers = responseHeaders(this, head);
    this.#writeHead(this.#heldStatus, judgedHeaders(this.gate, headers, bytes));
  }

  /** The answer must not pass; what was sent of it, if anything, must not look complete. */
  #refuseAnswer(): void {
    const reason = this.gate?.denial?.reason ?? 'gateway.fault';
    this.#flow?.abort();
    this.#flow = undefined;
    this.#leaveTarget(true);
    this.#heldHead = undefined;
    this.responseBytes = 0;
    if (this.status === 0) this.#refuse(reason);
    else {
      this.error = reason;
      this.wire.destroy();
    }
  }

  onUpgrade(headers: readonly string[], socket: Duplex, early: Buffer): void {
    this.upstreamHeadAtMicros = this.thread.clock.monotonicMicros();
    this.#flow = undefined;
    this.#leaveTarget(true);
    if (this.#done) {
      socket.destroy();
      return;
    }
    this.gate = this.snapshot.judgesAnswers ? openAnswerGate(this, 101, headers) : undefined;
    this.gate?.tunnel();
    if (this.gate?.way === 'refuse') {
      socket.destroy();
      this.#refuseAnswer();
      return;
    }
    this.status = 101;
    this.wire.tunnel(responseHeaders(this, headers), socket, early, (up, down) => {
      this.requestBytes = up;
      this.responseBytes = down;
    });
  }

  /** A head without body yet must not wait for it: event streams begin with silence. */
  flushHead(): void {
    if (!this.#headPending || this.#done) return;
    this.#headPending = false;
    const piece = this.#firstPiece;
    if (piece === undefined) {
      this.wire.flushHead();
      return;
    }
    this.#firstPiece = undefined;
    if (!this.wire.write(piece)) this.#flow?.pause();
  }

  onData(chunk: Buffer): void {
    if (this.#done) return;
    this.leaks.body(chunk);
    const { gate } = this;
    if (gate === undefined) {
      this.#passOn(chunk);
      return;
    }
    const passed = gate.write(chunk);
    if (gate.way === 'refuse') this.#refuseAnswer();
    else if (passed.length > 0) {
      this.#writeHeldHead(undefined);
      this.#passOn(passed);
    }
  }

  #passOn(chunk: Buffer): void {
    this.responseBytes += chunk.length;
    if (this.#headPending && this.#firstPiece === undefined && chunk.length <= JOINED_BYTES_MAX) {
      this.#firstPiece = chunk;
      return;
    }
    this.flushHead();
    if (!this.wire.write(chunk)) this.#flow?.pause();
  }

  onEnd(trailers: readonly string[] | undefined): void {
    this.#leaveTarget(true);
    if (this.#done) return;
    this.#flow = undefined;
    if (this.gate !== undefined) {
      this.#endJudged(this.gate, trailers);
      return;
    }
    this.#headPending = false;
    // Head and a short body leave in one write: half the cost of two.
    this.wire.end(this.#firstPiece, trailersOf(trailers));
  }

  #endJudged(gate: AnswerGate, trailers: readonly string[] | undefined): void {
    const rest = gate.end();
    if (gate.way === 'refuse') {
      gate.finishObserved();
      this.#refuseAnswer();
      return;
    }
    this.#writeHeldHead(rest.length);
    this.responseBytes += rest.length;
    this.#headPending = false;
    // A digest of what came would let what was masked be guessed.
    const rewritten = gate.rewrites && trailers !== undefined ? rewrittenHeaders(trailers, undefined) : trailers;
    const first = this.#firstPiece;
    if (first !== undefined && rest.length > 0) this.wire.write(first);
    const last = rest.length > 0 ? rest : first;
    if (last !== undefined && last.length > JOINED_BYTES_MAX) {
      this.wire.write(last);
      this.wire.end(undefined, trailersOf(rewritten));
    } else this.wire.end(last, trailersOf(rewritten));
    // The answer has left: what is only observed delays nobody.
    gate.finishObserved();
  }

  onError(error: UpstreamError): void {
    const target = this.#target;
    this.#leaveTarget(error.code === 'body');
    this.#flow = undefined;
    if (this.#done) return;
    if (this.#body?.exceeded === true) this.#fail('body.too_large');
    else if (this.#mayRetry(error)) this.#send(target);
    else this.#fail(REASONS_OF[error.code]);
  }

  /**
   * Once, on another connection, and only while nothing of an answer has come: when nothing was sent, or when the
   * method is idempotent (RFC 9110 §9.2.2). A body is never sent twice.
   */
  #mayRetry(error: UpstreamError): boolean {
    if (this.#triesLeft === 0 || this.upstreamHeadAtMicros !== 0 || this.#body !== undefined) return false;
    if (error.code === 'unreachable') return true;
    return error.code === 'broken' && (!error.sent || IDEMPOTENT_METHODS.has(this.call.method));
  }

  /** Ends the call for a reason found after it was permitted. */
  #fail(reason: ReasonCode): void {
    this.error = reason;
    if (this.status === 0 && reason !== 'framing.body') {
      if (this.#body !== undefined) this.wire.closeAfterResponse();
      this.#refuse(reason);
    } else {
      this.wire.destroy();
    }
  }

  #leaveTarget(good: boolean): void {
    const target = this.#target;
    if (target === undefined) return;
    this.#target = undefined;
    target.inProgress--;
    if (good) this.#upstream?.balancer.succeeded(target);
    else this.#upstream?.balancer.failed(target);
  }

  #fault(): void {
    this.error = 'gateway.fault';
    if (!this.#done) this.#fail('gateway.fault');
  }

  // ---- on the client's side

  onBroken(reason: 'framing.body' | 'framing.timeout'): string {
    if (this.error === '') this.error = reason;
    if (this.status === 0) this.status = reasonOf(reason).status;
    return this.call.requestId;
  }

  onDrain(): void {
    this.#flow?.resume();
  }

  onClosed(complete: boolean): void {
    if (this.#done) return;
    this.#done = true;
    this.thread.callsInProgress--;
    if (!complete) {
      if (this.error === '') this.error = 'client.gone';
      this.#flow?.abort();
    }
    this.#leaveTarget(true);
    if (this.#body !== undefined) {
      // A tunnel counts for itself.
      if (this.requestBytes === 0) this.requestBytes = this.#body.forwardedBytes;
      this.#body.release();
    }
    this.gate?.release();
    this.closedAtMicros = this.thread.clock.monotonicMicros();
    const whole = this.decision?.whole;
    if (whole === undefined) recordCall(this);
    else this.thread.lateRecords.hold(this, whole);
  }
}

const REASONS_OF: Readonly<Record<UpstreamErrorCode, ReasonCode>> = {
  unreachable: 'upstream.unreachable',
  timeout: 'upstream.timeout',
  broken: 'upstream.broken',
  saturated: 'upstream.saturated',
  body: 'framing.body',
};

function flushPendingHead(exchange: Exchange): void {
  exchange.flushHead();
}

function trailersOf(trailers: readonly string[] | undefined): readonly string[] | undefined {
  return trailers === undefined ? undefined : responseTrailers(trailers);
}

const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
