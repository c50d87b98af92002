import type { AnswerCheck, AnswerFacts, AnswerPlan, AnswerVerdict } from '../../core/answer-check.ts';
import { assertNever } from '../../core/assert-never.ts';
import type { HeaderFields } from '../../core/call.ts';
import type { ContractPolicy } from '../../core/configuration.ts';
import type { Inspection, InspectionFacts } from '../../core/inspection.ts';
import type { ReasonCode } from '../../core/reasons.ts';
import { PASS, type Verdict } from '../../core/verdict.ts';
import { parseJsonBody } from '../../http/json-body.ts';
import type { Contract, ContractViolation } from './contract.ts';

/** Largest answer that is held to be judged. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const DETAIL_LENGTH_MAX = 400;

const UNDOCUMENTED: Verdict = Object.freeze({ kind: 'pass', signals: [{ name: 'contract.undocumented' }] });
const PASSES: AnswerVerdict = Object.freeze({ kind: 'pass' });

export interface ContractInspectionOptions {
  readonly policy: ContractPolicy;
  readonly bodyBytesMax: number;
  /** Query parameters credentials come in. */
  readonly credentialParameters: readonly string[];
}

/** Holds calls of a route to the document of its upstream. */
export class ContractInspection implements Inspection {
  readonly id = 'contract';
  readonly bodyBytesMax: number;
  readonly enforced: boolean;
  readonly #contract: Contract;
  readonly #options: ContractInspectionOptions;

  constructor(contract: Contract, options: ContractInspectionOptions) {
    this.#contract = contract;
    this.#options = options;
    this.bodyBytesMax = options.bodyBytesMax;
    this.enforced = options.policy.request === 'enforce';
  }

  judge(facts: InspectionFacts): Verdict {
    const { call, path } = facts;
    const head = this.#contract.judgeCall({
      method: call.method,
      path,
      query: call.query,
      headers: call.headers,
      hasBody: call.bodyFraming !== 'none',
      queryNamesBeside: this.#options.credentialParameters,
    });
    switch (head.kind) {
      case 'done':
        return PASS;
      case 'violation':
        return this.#verdict(head.violation);
      case 'body': {
        const { body } = facts;
        if (body.kind !== 'whole')
          return { kind: 'deny', reason: 'body.too_large', detail: 'the body is too large to be held to the contract' };
        const violation = head.judge({ bytes: body.bytes, json: () => facts.json() });
        return violation === undefined ? PASS : this.#verdict(violation);
      }
      default:
        return assertNever(head);
    }
  }

  #verdict(violation: ContractViolation): Verdict {
    const { policy } = this.#options;
    if (violation.operation === undefined) {
      if (policy.undocumented === 'allow') return UNDOCUMENTED;
      return { kind: 'deny', reason: reasonOf(violation), detail: detailOf(violation) };
    }
    const denial = { kind: 'deny', reason: reasonOf(violation), detail: detailOf(violation) } as const;
    return policy.describe ? { ...denial, errors: [violation.fault] } : denial;
  }
}

/** Holds answers of a route to the document of its upstream. */
export class ContractAnswerCheck implements AnswerCheck {
  readonly id = 'contract';
  readonly isPersonal = false;
  readonly enforced: boolean;
  readonly #contract: Contract;
  readonly #policy: ContractPolicy;

  /** `enforced`: the policy and the mode of answers together. */
  constructor(contract: Contract, policy: ContractPolicy, enforced: boolean) {
    this.#contract = contract;
    this.#policy = policy;
    this.enforced = enforced;
  }

  begin({ call, path, status, headers }: AnswerFacts): AnswerPlan {
    const isBodiless = call.method === 'HEAD' || status === 101 || status === 204 || status === 304;
    const hasBody = !isBodiless && !isEmpty(headers);
    const head = this.#contract.judgeAnswer(path, call.method, { status, headers, hasBody });
    switch (head.kind) {
      case 'done':
        return PASSES;
      case 'violation':
        return this.#verdict(head.violation);
      case 'body':
        return {
          kind: 'whole',
          bytesMax: ANSWER_BYTES_MAX,
          judge: (body) => {
            const violation = head.judge({ bytes: body, json: () => parseJsonBody(body) });
            return violation === undefined ? PASSES : this.#verdict(violation);
          },
        };
      default:
        return assertNever(head);
    }
  }

  #verdict(violation: ContractViolation): AnswerVerdict {
    if (violation.operation === undefined && this.#policy.undocumented === 'allow') return PASSES;
    return { kind: 'deny', reason: 'contract.answer', detail: detailOf(violation) };
  }
}

function isEmpty(headers: HeaderFields): boolean {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === 'content-length') return headers[i + 1] === '0';
  return false;
}

function reasonOf({ kind }: ContractViolation): ReasonCode {
  switch (kind) {
    case 'endpoint':
      return 'contract.endpoint';
    case 'method':
      return 'contract.method';
    case 'parameter':
      return 'contract.parameter';
    case 'contentType':
      return 'contract.content_type';
    case 'complex':
      return 'contract.complexity';
    case 'body':
    case 'header':
    case 'status':
      return 'contract.body';
    default:
      return assertNever(kind);
  }
}

/** For the operator: where, what was expected, and of what kind it is; never a value. */
function detailOf(violation: ContractViolation): string {
  if (violation.operation === undefined)
    return violation.kind === 'endpoint' ? 'no documented path matches' : 'the documented path has no such method';
  const { pointer, expected, got } = violation.fault;
  const text = `${violation.operation}: ${pointer === '' ? 'body' : pointer}: expected ${expected}; got ${got}`;
  return text.length > DETAIL_LENGTH_MAX ? `${text.slice(0, DETAIL_LENGTH_MAX - 1)}…` : text;
}
