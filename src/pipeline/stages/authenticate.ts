import { hasParameter } from '../../authn/bearer-token.ts';
import { assertNever } from '../../core/assert-never.ts';
import type { Call } from '../../core/call.ts';
import type { Principal } from '../../core/principal.ts';
import { NOT_APPLICABLE, PASS, type Verdict } from '../../core/verdict.ts';
import type { Evaluation } from '../evaluation.ts';
import type { Authenticator } from '../snapshot.ts';

type Passed = Extract<Verdict, { kind: 'pass' }>;
type Declined = NonNullable<Extract<Verdict, { kind: 'notApplicable' }>['declined']>;

/**
 * Asks the route's methods who is calling. `anyOf`: the first method that finds its own kind of credential decides,
 * whatever it decides; a wrong credential is never excused by another one, and two at once are refused. `allOf`: every
 * method must pass, and all for the same consumer.
 */
export function judgeAuthentication(evaluation: Evaluation): Verdict | Promise<Verdict> {
  const { route } = evaluation;
  if (route === undefined) return NOT_APPLICABLE;
  const rule = route.config.authenticate;
  switch (rule.kind) {
    case 'none':
      return NOT_APPLICABLE;
    case 'anyOf':
      return anyOf(evaluation, route.authenticators, 0, undefined);
    case 'allOf':
      return allOf(evaluation, route.authenticators, 0, undefined);
    default:
      return assertNever(rule);
  }
}

function anyOf(
  evaluation: Evaluation,
  authenticators: readonly Authenticator[],
  first: number,
  declined: Declined | undefined,
): Verdict | Promise<Verdict> {
  for (let i = first; i < authenticators.length; i++) {
    const authenticator = authenticators[i];
    if (authenticator === undefined) break;
    const verdict = authenticator.authenticate(evaluation.call, evaluation.nowMs, evaluation.body);
    if (verdict instanceof Promise)
      return verdict.then((late) =>
        late.kind === 'notApplicable'
          ? anyOf(evaluation, authenticators, i + 1, declined ?? late.declined)
          : decided(evaluation, authenticators, authenticator, late),
      );
    if (verdict.kind !== 'notApplicable') return decided(evaluation, authenticators, authenticator, verdict);
    declined ??= verdict.declined;
  }
  return declined === undefined
    ? missing(authenticators)
    : { kind: 'deny', ...declined, challenge: joinedChallenge(authenticators, true) };
}

function decided(
  evaluation: Evaluation,
  authenticators: readonly Authenticator[],
  authenticator: Authenticator,
  verdict: Verdict,
): Verdict {
  if (verdict.kind !== 'pass') return challenged(verdict, authenticator);
  for (const other of authenticators)
    if (other !== authenticator && presentsMore(other, authenticator, evaluation.call)) return AMBIGUOUS;
  return identified(evaluation, verdict);
}

const AMBIGUOUS: Verdict = Object.freeze({
  kind: 'deny',
  reason: 'authn.ambiguous',
  detail: 'credentials of two kinds came with one call',
  signals: [{ name: 'credential.several' }],
} as const);

/** Whether a call has a credential for one method that the other did not look at. */
function presentsMore(one: Authenticator, other: Authenticator, call: Call): boolean {
  if (!sameLocation(one, other)) return one.presents(call);
  const own = other.credentialParameters ?? [];
  return (one.credentialParameters ?? []).some((name) => !own.includes(name) && hasParameter(call, name));
}

/** Methods that read the same field have looked at the same credential. */
function sameLocation(one: Authenticator, other: Authenticator): boolean {
  for (const name of one.credentialHeaders) if (other.credentialHeaders.includes(name)) return true;
  return false;
}

function allOf(
  evaluation: Evaluation,
  authenticators: readonly Authenticator[],
  first: number,
  found: Passed | undefined,
): Verdict | Promise<Verdict> {
  let known = found;
  for (let i = first; i < authenticators.length; i++) {
    const authenticator = authenticators[i];
    if (authenticator === undefined) break;
    const verdict = authenticator.authenticate(evaluation.call, evaluation.nowMs, evaluation.body);
    if (verdict instanceof Promise)
      return verdict.then((late) => {
        const joined = join(known, late, authenticator);
        return joined.kind === 'pass' ? allOf(evaluation, authenticators, i + 1, joined) : joined;
      });
    const joined = join(known, verdict, authenticator);
    if (joined.kind !== 'pass') return joined;
    known = joined;
  }
  return known === undefined ? missing(authenticators) : identified(evaluation, known);
}

/** What is known after one more method: the first one's principal, with what the others add to the answer. */
function join(known: Passed | undefined, verdict: Verdict, authenticator: Authenticator): Verdict {
  if (verdict.kind === 'notApplicable')
    return verdict.declined === undefined
      ? missing([authenticator])
      : { kind: 'deny', ...verdict.declined, challenge: authenticator.refusedChallenge ?? authenticator.challenge };
  if (verdict.kind !== 'pass') return challenged(verdict, authenticator);
  if (known === undefined) return verdict;
  if (!sameConsumer(known.principal, verdict.principal))
    return { kind: 'deny', reason: 'authn.mixed_principals', challenge: authenticator.challenge };
  const added = verdict.principal?.restrictions;
  if (verdict.signals === undefined && verdict.answerFields === undefined && added === undefined) return known;
  return {
    ...known,
    ...(added === undefined ? {} : { principal: confined(known.principal, added) }),
    signals: [...(known.signals ?? []), ...(verdict.signals ?? [])],
    answerFields: [...(known.answerFields ?? []), ...(verdict.answerFields ?? [])],
  };
}

/** A method that passes without naming anyone has established nothing. */
function identified(evaluation: Evaluation, verdict: Passed): Verdict {
  if (verdict.principal === undefined)
    return { kind: 'indeterminate', fault: { reason: 'gateway.fault', detail: 'a method passed without a principal' } };
  evaluation.principal = verdict.principal;
  return verdict.signals === undefined && verdict.answerFields === undefined ? PASS : verdict;
}

/** What confines one of the credentials confines the call. */
function confined(principal: Principal | undefined, added: NonNullable<Principal['restrictions']>): Principal {
  if (principal === undefined) throw new TypeError('a method passed without a principal');
  return { ...principal, restrictions: [...(principal.restrictions ?? []), ...added] };
}

function challenged(verdict: Verdict, authenticator: Authenticator): Verdict {
  return verdict.kind === 'deny' && verdict.challenge === undefined
    ? { ...verdict, challenge: authenticator.challenge }
    : verdict;
}

function missing(authenticators: readonly Authenticator[]): Verdict {
  return { kind: 'deny', reason: 'authn.missing', challenge: joinedChallenge(authenticators, false) };
}

/** One invitation per method; of a token that nobody took, RFC 6750 §3.1 wants to hear `invalid_token`. */
function joinedChallenge(authenticators: readonly Authenticator[], refused: boolean): string {
  const texts: string[] = [];
  for (const one of authenticators) {
    const text = refused ? (one.refusedChallenge ?? one.challenge) : one.challenge;
    if (!texts.includes(text)) texts.push(text);
  }
  return texts.join(', ');
}

function sameConsumer(one: Principal | undefined, other: Principal | undefined): boolean {
  return one !== undefined && other !== undefined && one.consumer !== '' && one.consumer === other.consumer;
}
