import { headerValue } from '../../core/call.ts';
import type { FieldRules } from '../../core/field-rules.ts';
import type { Inspection, InspectionFacts, JsonBody } from '../../core/inspection.ts';
import type { ReasonCode } from '../../core/reasons.ts';
import { NOT_APPLICABLE, PASS, type Verdict } from '../../core/verdict.ts';
import { ApplicableRules, type TermParts } from './applicable-rules.ts';
import { fieldFault } from './field-fault.ts';
import { looksLikePatch, patchFault } from './json-patch.ts';
import { pointerOf } from './json-pointer.ts';
import { bodyTypeOf } from './media-type.ts';
import type { PathAutomaton } from './path-automaton.ts';

/** Asks which fields of a body the caller may set. `policy` is the name it stands under, or empty. */
export function requestFields(rules: FieldRules, policy: string, terms: TermParts, bodyBytesMax: number): Inspection {
  const applicable = new ApplicableRules(rules.request, terms);
  const prefix = policy === '' ? '' : `policy ${policy}: `;
  const deny = (reason: ReasonCode, detail: string, pointer?: string): Verdict => ({
    kind: 'deny',
    reason,
    detail: `${prefix}${detail}`,
    ...(pointer === undefined ? {} : { signals: [{ name: `authz.field_refused@${pointer}` }] }),
  });
  return {
    id: 'fields',
    bodyBytesMax,
    enforced: true,
    judge(facts: InspectionFacts): Verdict {
      const { body } = facts;
      switch (body.kind) {
        case 'whole':
          break;
        case 'tooLarge':
          return deny('body.too_large', 'its fields cannot be read');
        default:
          return { kind: 'indeterminate', fault: { reason: 'inspect.body', detail: `${prefix}the body was not read` } };
      }
      if (body.bytes.length === 0) return PASS;
      const automaton = applicable.for(facts);
      if (automaton === undefined) return NOT_APPLICABLE;
      const coding = headerValue(facts.call.headers, 'content-encoding') ?? 'identity';
      if (coding.toLowerCase() !== 'identity') return deny('authz.field_type', 'the body is encoded');
      const type = bodyTypeOf(facts.call.headers);
      if (type !== 'json' && type !== 'patch') {
        if (rules.otherTypes === 'deny') return deny('authz.field_type', 'the body is not said to be JSON');
        // Servers that do not look at the type read JSON all the same.
        if (!beginsAsJson(body.bytes)) return PASS;
      }
      const json = facts.json();
      if (json.kind !== 'value') return deny('authz.field_body', problemOf(json));
      const fault = faultIn(json.value, type === 'patch', automaton);
      if (fault === undefined) return PASS;
      if (fault === 'malformed') return deny('authz.field_body', 'the body is no JSON patch');
      const pointer = pointerOf(fault.tokens);
      return deny(
        'authz.field',
        fault.why === 'denied'
          ? `${pointer} may not be set: a rule denies it`
          : `${pointer} may not be set: no rule allows it`,
        pointer,
      );
    },
  };
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

function faultIn(value: unknown, isPatch: boolean, automaton: PathAutomaton): ReturnType<typeof patchFault> {
  if (isPatch) return patchFault(value, automaton);
  return fieldFault(value, automaton) ?? (looksLikePatch(value) ? patchFault(value, automaton) : undefined);
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
