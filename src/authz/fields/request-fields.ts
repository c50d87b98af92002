import type { FieldRules } from '../../core/field-rules.ts';
import type { Inspection, InspectionFacts, JsonBody } from '../../core/inspection.ts';
import type { ReasonCode } from '../../core/reasons.ts';
import { NOT_APPLICABLE, PASS, type Verdict } from '../../core/verdict.ts';
import { parseJsonBody } from '../../http/json-body.ts';
import { isCoded } from '../coded-body.ts';
import { ApplicableRules, type TermParts } from './applicable-rules.ts';
import { fieldFault, lastingFault } from './field-fault.ts';
import { looksLikePatch, type PatchFault, patchFault } from './json-patch.ts';
import { pointerOf } from './json-pointer.ts';
import { bodyTypeOf } from './media-type.ts';
import type { PathAutomaton } from './path-automaton.ts';
import { reduceBody } from './request-reducer.ts';

/** Rules for the fields of bodies, and the name of the policy they stand under, or empty. */
export interface NamedFieldRules {
  readonly name: string;
  readonly fields: FieldRules;
}

/** Asks which fields of a body the caller may set: every policy agrees to all that goes on, or the call is refused. */
export function requestFields(
  policies: readonly NamedFieldRules[],
  terms: TermParts,
  bodyBytesMax: number,
): Inspection {
  return new RequestFields(policies, terms, bodyBytesMax);
}

interface Policy {
  readonly rules: FieldRules;
  readonly applicable: ApplicableRules;
  /** Before what is said of it in records. */
  readonly prefix: string;
  /** Whether something may have to be left out. */
  readonly drops: boolean;
}

/** A policy with those of its rules that count for the caller. */
interface Asking {
  readonly policy: Policy;
  readonly automaton: PathAutomaton;
}

class RequestFields implements Inspection {
  readonly id = 'fields';
  readonly enforced = true;
  readonly bodyBytesMax: number;
  readonly #policies: readonly Policy[];

  constructor(policies: readonly NamedFieldRules[], terms: TermParts, bodyBytesMax: number) {
    this.bodyBytesMax = bodyBytesMax;
    this.#policies = policies.map(({ name, fields }) => ({
      rules: fields,
      applicable: new ApplicableRules(fields.request, terms),
      prefix: name === '' ? '' : `policy ${name}: `,
      drops: fields.otherFields === 'drop' || fields.request.some(({ verb }) => verb === 'drop'),
    }));
  }

  judge(facts: InspectionFacts): Verdict {
    const { body } = facts;
    const prefix = this.#policies[0]?.prefix ?? '';
    switch (body.kind) {
      case 'whole':
        break;
      case 'tooLarge':
        return refusal('body.too_large', `${prefix}its fields cannot be read`);
      default:
        return { kind: 'indeterminate', fault: { reason: 'inspect.body', detail: `${prefix}the body was not read` } };
    }
    if (body.bytes.length === 0) return PASS;
    const asking = this.#askingOf(facts);
    return asking.length === 0 ? NOT_APPLICABLE : judgeBody(body.bytes, facts, asking);
  }

  #askingOf(facts: InspectionFacts): readonly Asking[] {
    const asking: Asking[] = [];
    for (const policy of this.#policies) {
      const automaton = policy.applicable.for(facts);
      if (automaton !== undefined) asking.push({ policy, automaton });
    }
    return asking;
  }
}

function judgeBody(bytes: Uint8Array, facts: InspectionFacts, asking: readonly Asking[]): Verdict {
  const prefix = asking[0]?.policy.prefix ?? '';
  if (isCoded(facts.call.headers)) return refusal('authz.field_type', `${prefix}the body is encoded`);
  const type = bodyTypeOf(facts.call.headers);
  if (type !== 'json' && type !== 'patch') {
    for (const { policy } of asking)
      if (policy.rules.otherTypes === 'deny')
        return refusal('authz.field_type', `${policy.prefix}the body is not said to be JSON`);
    // Servers that do not look at the type read JSON all the same.
    if (!beginsAsJson(bytes)) return PASS;
  }
  const json = facts.json();
  if (json.kind !== 'value') return refusal('authz.field_body', `${prefix}${problemOf(json)}`);
  // Without one of its operations a patch would mean another, so that nothing is left out of it.
  const isPatch = type === 'patch';
  for (const { policy, automaton } of asking) {
    const fault = isPatch ? patchFault(json.value, automaton) : faultThatLasts(json.value, policy, automaton);
    if (fault !== undefined) return faultRefusal(fault, policy.prefix);
  }
  return isPatch || !asking.some(({ policy }) => policy.drops) ? PASS : reduced(bytes, asking);
}

function faultThatLasts(value: unknown, { rules }: Policy, automaton: PathAutomaton): PatchFault | undefined {
  return lastingFault(value, automaton, rules.otherFields === 'drop') ?? hiddenPatchFault(value, automaton);
}

function hiddenPatchFault(value: unknown, automaton: PathAutomaton): PatchFault | undefined {
  return looksLikePatch(value) ? patchFault(value, automaton) : undefined;
}

/** Leaves out what is dropped, and asks of what is left once more: it is what goes on, and nothing of it may be in doubt. */
function reduced(arrived: Uint8Array, asking: readonly Asking[]): Verdict {
  let bytes = arrived;
  let count = 0;
  const told: string[] = [];
  for (const { policy, automaton } of asking) {
    if (!policy.drops) continue;
    const reduction = reduceBody(bytes, automaton);
    if (reduction.kind === 'unchanged') continue;
    if (reduction.kind === 'refused') return refusal('authz.field_body', `${policy.prefix}${reduction.problem}`);
    bytes = reduction.bytes;
    count += reduction.count;
    told.push(...reduction.told);
  }
  const [first] = told;
  if (first === undefined) return PASS;
  const json = parseJsonBody(bytes);
  if (json.kind !== 'value') return refusal('authz.field_body', `what is left of it: ${problemOf(json)}`);
  for (const { policy, automaton } of asking) {
    const fault = fieldFault(json.value, automaton) ?? hiddenPatchFault(json.value, automaton);
    if (fault !== undefined) return faultRefusal(fault, `${policy.prefix}in what is left of it, `);
  }
  const more = count > told.length ? ` and ${count - told.length} more` : '';
  return {
    kind: 'pass',
    body: bytes,
    detail: `${told.join(' ')}${more}`,
    signals: [{ name: `authz.request_fields_dropped:${count}@${first}` }],
  };
}

function refusal(reason: ReasonCode, detail: string, pointer?: string): Verdict {
  const denial = { kind: 'deny', reason, detail } as const;
  return pointer === undefined ? denial : { ...denial, signals: [{ name: `authz.field_refused@${pointer}` }] };
}

function faultRefusal(fault: PatchFault, prefix: string): Verdict {
  if (fault === 'malformed') return refusal('authz.field_body', `${prefix}the body is no JSON patch`);
  const pointer = pointerOf(fault.tokens);
  const why = fault.why === 'denied' ? 'a rule denies it' : 'no rule allows it';
  return refusal('authz.field', `${prefix}${pointer} may not be set: ${why}`, pointer);
}

/** Whether an object or an array begins, behind white space or a byte order mark. */
function beginsAsJson(bytes: Uint8Array): boolean {
  for (const byte of bytes)
    switch (byte) {
      case 0x7b:
      case 0x5b:
        return true;
      case 0x20:
      case 0x0a:
      case 0x0d:
      case 0x09:
      case 0xef:
      case 0xbb:
      case 0xbf:
        continue;
      default:
        return false;
    }
  return false;
}

function problemOf(json: Exclude<JsonBody, { kind: 'value' }>): string {
  if (json.kind === 'none') return 'the body was not read';
  switch (json.problem) {
    case 'utf8':
      return 'the body is not UTF-8, or begins with a byte order mark';
    case 'syntax':
      return 'the body is not JSON';
    case 'duplicateMember':
      return 'the body names a member twice';
    case 'ambiguousName':
      return 'the body has a name with half a character or a NUL in it';
    case 'tooDeep':
      return 'the body is nested too deep';
  }
}
