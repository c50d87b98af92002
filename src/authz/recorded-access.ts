import type { AccessConditions, AccessPolicy } from '../core/access.ts';
import { assertNever, assertNothingLeft } from '../core/assert-never.ts';
import { type AccessFacts, Gap, type UnrecordedFacts } from './access-facts.ts';
import { type Condition, compileConditions } from './conditions.ts';
import type { CountryOf } from './countries.ts';
import { compileExpression, type PartialExpression } from './expression.ts';

/** What rules say of a call of which not everything is known. `rule` names what denied, `why` what was not recorded. */
export type RecordedVerdict =
  | { readonly kind: 'pass' }
  | {
      readonly kind: 'deny';
      readonly reason: 'authz.denied' | 'authz.rule' | 'authz.owner' | 'authz.sign_in';
      readonly rule: string;
    }
  | { readonly kind: 'unknown'; readonly why: string };

export interface RecordedFacts extends AccessFacts {
  readonly principalUnknown: boolean;
  readonly addressUnknown: boolean;
  /** True: whether and when the credential was issued was not recorded. */
  readonly issueUnknown: boolean;
  /** Whether a text is the subject of the call; undefined where the subject itself is in `principal`. */
  readonly isSubject: ((text: string) => boolean) | undefined;
}

type Answer = 'true' | 'false' | 'fails' | { readonly why: string };

interface Asked {
  readonly condition: Condition;
  /** Of `when` and `owner`. */
  readonly expression: RecordedExpression | undefined;
}

interface RecordedExpression {
  readonly text: string;
  readonly holds: PartialExpression;
}

interface Policy {
  readonly name: string;
  readonly conditions: readonly Asked[];
  readonly deny: readonly { readonly name: string; readonly conditions: readonly Asked[] }[];
}

const PASS: RecordedVerdict = Object.freeze({ kind: 'pass' });

/** The rules of a route over recorded calls, in three values: true, false, and not known (Kleene). */
export class RecordedAccess {
  readonly #policies: readonly Policy[];

  /** Without `countryOf` no country can be found out, as for calls. */
  constructor(policies: readonly AccessPolicy[], parameters: readonly string[], countryOf: CountryOf | undefined) {
    const compile = (conditions: AccessConditions): Asked[] =>
      compileConditions(judgedHere(conditions), parameters, countryOf).map((condition) => ({
        condition,
        expression:
          condition.kind === 'when' || condition.kind === 'owner'
            ? recordedExpression(conditions[condition.kind] ?? '', parameters)
            : undefined,
      }));
    // Deciders are outside; fields and rows are asked of contents; what group asks for it decides nothing.
    this.#policies = policies.map(
      ({ name, group: _group, conditions, deny, decide: _, fields: __, rows: ___, ...others }) => {
        assertNothingLeft(others);
        return {
          name,
          conditions: compile(conditions),
          deny: deny.map(({ name: rule, conditions: denied, ...rest }) => {
            assertNothingLeft(rest);
            return { name: rule, conditions: compile(denied) };
          }),
        };
      },
    );
  }

  /** Any rule that denies for certain decides, whatever else is not known. */
  judge(facts: RecordedFacts): RecordedVerdict {
    let unknown: RecordedVerdict | undefined;
    for (const policy of this.#policies)
      for (const rule of policy.deny) {
        const verdict = denied(policy, rule, facts);
        if (verdict.kind === 'deny') return verdict;
        if (verdict.kind === 'unknown') unknown ??= verdict;
      }
    for (const policy of this.#policies) {
      const verdict = permitted(policy, facts);
      if (verdict.kind === 'deny') return verdict;
      if (verdict.kind === 'unknown') unknown ??= verdict;
    }
    return unknown ?? PASS;
  }
}

function recordedExpression(text: string, parameters: readonly string[]): RecordedExpression {
  const compiled = compileExpression(text, parameters);
  if (!compiled.ok) throw new TypeError(`the expression cannot be used: ${compiled.problem}`);
  return { text, holds: compiled.ofRecord };
}

/** Every condition there is becomes one here, but for an owner that is asked outside. */
function judgedHere(conditions: AccessConditions): AccessConditions {
  const { consumers, groups, roles, tiers, methods, bindings, acr, addresses, ...more } = conditions;
  const { countries, times, headers, when, owner, signedInWithinSeconds, issuedWithinSeconds, ...others } = more;
  assertNothingLeft(others);
  return conditions;
}

function denied(policy: Policy, { name, conditions }: Policy['deny'][number], facts: RecordedFacts): RecordedVerdict {
  let why: string | undefined;
  let failed: Condition | undefined;
  for (const one of conditions) {
    const answer = ask(one, facts);
    // What is not met decides, whatever else is not known.
    if (answer === 'false') return PASS;
    if (typeof answer === 'object') why ??= answer.why;
    else if (answer === 'fails') failed ??= one.condition;
  }
  if (why !== undefined) return { kind: 'unknown', why };
  if (failed !== undefined)
    return { kind: 'deny', reason: 'authz.rule', rule: label(policy, `${failed.kind} of ${name}`) };
  return conditions.length === 0 ? PASS : { kind: 'deny', reason: 'authz.denied', rule: label(policy, name) };
}

function permitted(policy: Policy, facts: RecordedFacts): RecordedVerdict {
  let why: string | undefined;
  for (const one of policy.conditions) {
    const answer = ask(one, facts);
    if (answer === 'true') continue;
    if (typeof answer === 'object') why ??= answer.why;
    else return { kind: 'deny', reason: reasonOf(one.condition), rule: label(policy, one.condition.kind) };
  }
  return why === undefined ? PASS : { kind: 'unknown', why };
}

function reasonOf({ kind }: Condition): 'authz.rule' | 'authz.owner' | 'authz.sign_in' {
  if (kind === 'acr' || kind === 'signedInWithinSeconds') return 'authz.sign_in';
  return kind === 'owner' ? 'authz.owner' : 'authz.rule';
}

function label({ name }: Policy, rule: string): string {
  return name === '' ? rule : `${name}: ${rule}`;
}

function ask({ condition, expression }: Asked, facts: RecordedFacts): Answer {
  if (expression !== undefined) return askExpression(condition, expression, facts);
  switch (condition.kind) {
    case 'consumers':
    case 'groups':
    case 'tiers':
    case 'methods':
    case 'bindings':
    case 'acr':
    case 'signedInWithinSeconds':
      return facts.principalUnknown ? { why: 'who was calling' } : answer(condition.holds, facts);
    case 'roles':
      // A record does not hold what the issuer said of them.
      return facts.principalUnknown || mayHaveRoles(facts)
        ? { why: 'the roles of the caller' }
        : answer(condition.holds, facts);
    case 'addresses':
    case 'countries':
      return facts.addressUnknown ? { why: 'the client address' } : answer(condition.holds, facts);
    case 'issuedWithinSeconds':
      if (facts.principalUnknown) return { why: 'who was calling' };
      return facts.issueUnknown ? { why: 'when the credential was issued' } : answer(condition.holds, facts);
    case 'times':
      return answer(condition.holds, facts);
    case 'when':
    case 'owner':
      throw new TypeError(`${condition.kind} is asked as an expression`);
    case 'headers':
      return { why: 'header fields' };
    default:
      return assertNever(condition.kind);
  }
}

function mayHaveRoles({ principal }: RecordedFacts): boolean {
  return principal?.roles === undefined && (principal?.method === 'jwt' || principal?.method === 'introspection');
}

function answer<F extends AccessFacts>(holds: (facts: F) => boolean, facts: F): Answer {
  try {
    return holds(facts) ? 'true' : 'false';
  } catch {
    return 'fails';
  }
}

function askExpression({ kind }: Condition, { text, holds }: RecordedExpression, facts: RecordedFacts): Answer {
  const gap = new Gap();
  const { principal, isSubject } = facts;
  let known = principal;
  let subject = false;
  if (principal !== undefined && isSubject !== undefined) {
    const found = candidates(text, facts).find(isSubject);
    if (found !== undefined) known = { ...principal, subject: found };
    // Compared with nothing but what it is not, any other text does in its place.
    else if (onlyCompares(text)) known = { ...principal, subject: NOBODY };
    else subject = true;
  }
  const unrecorded: UnrecordedFacts = {
    principal: facts.principalUnknown,
    subject,
    address: facts.addressUnknown,
    gap,
  };
  const outcome = answer(holds, { ...facts, principal: known, unrecorded });
  return outcome === 'fails' && gap.touched ? { why: `what ${kind} looks at` } : outcome;
}

/** A subject no token can have. */
const NOBODY = '\u0000';
const OPERAND = String.raw`(?:path\.\w+|consumer\.name|'[^'\\]*'|"[^"\\]*")`;
const BEFORE = String.raw`(?<=^|\(|&&|\|\|)\s*`;
const AFTER = String.raw`\s*(?=$|\)|&&|\|\|)`;
const COMPARED = new RegExp(
  `${BEFORE}(?:${OPERAND} ?[!=]= ?principal\\.subject|principal\\.subject ?[!=]= ?${OPERAND})${AFTER}`,
  'g',
);

/** Whether every use of the subject is a comparison with a parameter of the path, the consumer or a text. */
function onlyCompares(text: string): boolean {
  return !text.replace(COMPARED, '').includes('subject');
}

function candidates(text: string, { parameters, principal }: RecordedFacts): string[] {
  const literals = [...text.matchAll(/'([^'\\]*)'|"([^"\\]*)"/g)].map(([, single, double]) => single ?? double ?? '');
  return [...Object.values(parameters), principal?.consumer ?? '', ...literals];
}
