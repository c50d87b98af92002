import {
  type AnswerCheck,
  type AnswerFacts,
  type AnswerPlan,
  type AnswerRewriter,
  AnswerUnreadable,
  type AnswerVerdict,
} from '../../core/answer-check.ts';
import type { StageTrace } from '../../core/decision.ts';
import type { ReasonCode } from '../../core/reasons.ts';
import type { Signal } from '../../core/verdict.ts';
import { type BodyMemory, bodyHolder, type HeldBytes } from './body-memory.ts';
import { BodyPieces } from './body-pieces.ts';
import { type ContentCoding, contentCoding, decodeContent } from './content-coding.ts';

/** Why an answer must not pass, or would not have had to. */
export interface AnswerDenial {
  readonly reason: ReasonCode;
  readonly detail: string;
  readonly enforced: boolean;
}

/**
 * How the body takes its way: as it comes, as it comes with a copy kept aside, through a rewriter, or only when it was
 * judged whole. `refuse`: not at all.
 */
export type AnswerWay = 'pass' | 'copy' | 'stream' | 'hold' | 'refuse';

type Job = { readonly check: AnswerCheck; readonly plan: Extract<AnswerPlan, { kind: 'whole' | 'rewrite' }> };

const NOTHING = Buffer.alloc(0);

/** What is asked of one answer, from its head to its end. The first enforced denial refuses it. */
export class AnswerGate {
  way: AnswerWay = 'pass';
  denial: AnswerDenial | undefined = undefined;
  readonly signals: Signal[] = [];
  /** True where the body that passes is not the one that came. */
  rewrites = false;
  /** True where the answer is for its caller alone, whether or not it was changed for them. */
  readonly isPersonal: boolean;
  readonly #held: HeldBytes;
  readonly #coding: ContentCoding;
  readonly #jobs: Job[] = [];
  readonly #rewriters: AnswerRewriter[] = [];
  #pieces = new BodyPieces();
  #heldBytesMax = 0;
  #isCopying = false;

  /** `hasBody`: false for answers that never have one (HEAD, 204, 304). */
  constructor(checks: readonly AnswerCheck[], facts: AnswerFacts, hasBody: boolean, memory: BodyMemory) {
    this.#held = memory.hold(bodyHolder(facts.call, facts.principal?.consumer));
    this.isPersonal = checks.some(({ enforced, isPersonal }) => enforced && isPersonal);
    this.#coding = contentCoding(facts.headers);
    for (const check of checks) this.#begin(check, facts);
    if (this.denial?.enforced === true) {
      this.way = 'refuse';
      return;
    }
    const enforced = this.#jobs.filter(({ check }) => check.enforced);
    this.rewrites = enforced.some(({ plan }) => plan.kind === 'rewrite');
    if (!hasBody || this.#jobs.length === 0) return;
    if (enforced.length > 0 && (facts.status === 206 || this.#coding === 'unknown')) {
      const what = facts.status === 206 ? 'it is a part of an answer' : 'its coding is not known';
      this.#refuse('answer.unreadable', what);
      return;
    }
    const holds = enforced.some(({ plan }) => plan.kind === 'whole') || (this.rewrites && this.#coding !== 'identity');
    this.way = holds ? 'hold' : this.rewrites ? 'stream' : 'copy';
    this.#isCopying = holds || this.#jobs.length > enforced.length;
    if (this.way === 'stream')
      for (const { plan } of enforced) if (plan.kind === 'rewrite') this.#rewriters.push(plan.rewriter);
    const bounding = holds ? enforced : this.#jobs;
    this.#heldBytesMax = Math.max(0, ...bounding.map(({ plan }) => plan.bytesMax));
  }

  /** The upstream leaves HTTP: what passes from now on is read by nobody, so whatever would have read it says no. */
  tunnel(): void {
    for (const { check } of this.#jobs)
      this.#take(check, { kind: 'deny', reason: 'answer.unreadable', detail: 'it is a tunnel' });
  }

  /** What may be passed on after this piece of body. Sets `way` to `refuse` where nothing more may. */
  write(piece: Buffer): Buffer {
    if (this.#isCopying) this.#keep(piece);
    switch (this.way) {
      case 'pass':
      case 'copy':
        return piece;
      case 'stream':
        return this.#rewritten(piece, false);
      case 'hold':
      case 'refuse':
        return NOTHING;
    }
  }

  /** The rest of the body. What is only observed is judged by `finishObserved`, when the answer has gone. */
  end(): Buffer {
    if (this.way === 'stream') return this.#rewritten(NOTHING, true);
    if (this.way !== 'hold') return NOTHING;
    const came = this.#pieces.whole();
    const body = decodeContent(came, this.#coding, this.#heldBytesMax);
    if (body === undefined) {
      this.#refuse('answer.unreadable', 'its coding cannot be read within the bound');
      return NOTHING;
    }
    for (const { check, plan } of this.#jobs)
      if (check.enforced && plan.kind === 'whole')
        this.#take(
          check,
          judged(() => plan.judge(body)),
        );
    if (this.#isRefused()) return NOTHING;
    if (!this.rewrites) return came;
    for (const { check, plan } of this.#jobs)
      if (check.enforced && plan.kind === 'rewrite') this.#rewriters.push(plan.rewriter);
    const first = this.#rewritten(body, false);
    const rest = this.#isRefused() ? NOTHING : this.#rewritten(NOTHING, true);
    return Buffer.concat([first, rest]);
  }

  /** Judges the copy for what only observes. */
  finishObserved(): void {
    const observed = this.#jobs.filter(({ check }) => !check.enforced);
    if (observed.length > 0 && this.way !== 'pass') {
      const body = this.#isCopying ? decodeContent(this.#pieces.whole(), this.#coding, this.#heldBytesMax) : undefined;
      for (const { check, plan } of observed)
        if (body === undefined)
          this.#take(check, {
            kind: 'deny',
            reason: 'answer.unreadable',
            detail: 'it is too large or its coding is not known',
          });
        else if (plan.kind === 'whole')
          this.#take(
            check,
            judged(() => plan.judge(body)),
          );
        else this.#tryRewriter(check, plan.rewriter, body);
    }
    for (const rewriter of this.#rewriters) this.signals.push(...rewriter.signals);
    this.release();
  }

  /** Gives the room back; nothing more comes. */
  release(): void {
    this.#held.release();
    this.#pieces = new BodyPieces();
    this.#isCopying = false;
  }

  get trace(): StageTrace {
    const { denial } = this;
    return denial === undefined
      ? { stage: 'answer', kind: 'pass', micros: 0, enforced: true }
      : {
          stage: 'answer',
          kind: 'deny',
          micros: 0,
          reason: denial.reason,
          detail: denial.detail,
          enforced: denial.enforced,
        };
  }

  #begin(check: AnswerCheck, facts: AnswerFacts): void {
    let plan: AnswerPlan;
    try {
      plan = check.begin(facts);
    } catch (error) {
      plan = fault(error);
    }
    if (plan.kind === 'whole' || plan.kind === 'rewrite') this.#jobs.push({ check, plan });
    else this.#take(check, plan);
  }

  #take(check: AnswerCheck, verdict: AnswerVerdict): void {
    if (verdict.signals !== undefined) this.signals.push(...verdict.signals);
    if (verdict.kind === 'pass') return;
    const { reason, detail } = verdict;
    if (check.enforced) this.#refuse(reason, detail);
    else this.denial ??= { reason, detail, enforced: false };
  }

  #refuse(reason: ReasonCode, detail: string): void {
    this.way = 'refuse';
    if (this.denial?.enforced !== true) this.denial = { reason, detail, enforced: true };
  }

  #isRefused(): boolean {
    return this.way === 'refuse';
  }

  #keep(piece: Buffer): void {
    if (this.#held.bytes + piece.length <= this.#heldBytesMax && this.#held.reserve(piece.length)) {
      this.#pieces.add(piece);
      return;
    }
    this.release();
    if (this.way === 'hold')
      this.#refuse('answer.too_large', `more than ${this.#heldBytesMax} bytes would have to be held`);
  }

  #rewritten(piece: Buffer, isEnd: boolean): Buffer {
    let out: Uint8Array = piece;
    try {
      for (const rewriter of this.#rewriters) {
        const passed = out.length > 0 ? rewriter.write(out) : NOTHING;
        out = isEnd ? Buffer.concat([passed, rewriter.end()]) : passed;
      }
      return Buffer.from(out.buffer, out.byteOffset, out.length);
    } catch (error) {
      const { reason, detail } = fault(error);
      this.#refuse(reason, detail);
      return NOTHING;
    }
  }

  #tryRewriter(check: AnswerCheck, rewriter: AnswerRewriter, body: Buffer): void {
    try {
      rewriter.write(body);
      rewriter.end();
    } catch (error) {
      this.#take(check, fault(error));
    }
    this.signals.push(...rewriter.signals);
  }
}

function judged(judge: () => AnswerVerdict): AnswerVerdict {
  try {
    return judge();
  } catch (error) {
    return fault(error);
  }
}

/** A throw of anything else may hold data of the answer in its message, so only its class is kept. */
function fault(error: unknown): Extract<AnswerVerdict, { kind: 'deny' }> {
  if (error instanceof AnswerUnreadable) return { kind: 'deny', reason: 'answer.unreadable', detail: error.message };
  const name = error instanceof Error ? error.name : typeof error;
  return { kind: 'deny', reason: 'gateway.fault', detail: `a check of the answer threw ${name}` };
}
