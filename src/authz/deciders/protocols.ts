import type { DeciderConfig } from '../../core/deciders.ts';
import { isJsonObject } from '../../core/json-object.ts';
import type { JsonObject } from '../../crypto/jose/types.ts';
import type { SentFacts } from './sent-facts.ts';

/** What a decider said. `reason` is its own, for the operator. */
export interface Decided {
  readonly allow: boolean;
  readonly reason: string;
}

/** How one kind of decider is asked, and what its answers mean. */
export interface DeciderProtocol {
  /** The body of the question. */
  question(facts: SentFacts): string;
  /** Undefined where that is no answer. */
  answer(body: JsonObject): Decided | undefined;
}

const REASON_CHARACTERS_MAX = 200;
const ALLOWED: Decided = Object.freeze({ allow: true, reason: '' });
const DENIED: Decided = Object.freeze({ allow: false, reason: '' });

/**
 * The Data API of the Open Policy Agent: a rule that is true or false, or one of the form `{ allow, reason }`. A result
 * that is not there is a rule that is undefined for this input, and denies.
 */
export const OPA: DeciderProtocol = {
  question: ({ request, principal, route }) => JSON.stringify({ input: { request, principal, route } }),
  answer(body) {
    if (!Object.hasOwn(body, 'result')) return { allow: false, reason: 'the rule is undefined for this call' };
    const result = body['result'];
    if (typeof result === 'boolean') return result ? ALLOWED : DENIED;
    if (!isJsonObject(result)) return undefined;
    const allow = result['allow'];
    return typeof allow === 'boolean' ? { allow, reason: reasonText(result['reason']) } : undefined;
  },
};

/** Authorization API 1.0 (OpenID AuthZEN) §6: the caller does a method on a route; `decision` counts only as true or false. */
export function authzen({
  subjectType,
  resourceType,
}: Pick<DeciderConfig, 'subjectType' | 'resourceType'>): DeciderProtocol {
  return {
    question({ request, principal, route }) {
      const { method, path, parameters, host, scheme, ...context } = request;
      // Who was not identified is of a type of its own: no identifier can be mistaken for nobody.
      const subject =
        principal === null
          ? { type: 'anonymous', id: 'anonymous' }
          : {
              type: subjectType,
              id: String(principal['subject'] ?? ''),
              properties: { ...principal, subject: undefined },
            };
      return JSON.stringify({
        subject,
        action: { name: String(method ?? '') },
        resource: { type: resourceType, id: route ?? '', properties: { path, parameters, host, scheme } },
        context,
      });
    },
    answer(body) {
      const decision = body['decision'];
      if (typeof decision !== 'boolean') return undefined;
      const context = body['context'];
      return { allow: decision, reason: isJsonObject(context) ? reasonText(context['reason'] ?? context['id']) : '' };
    },
  };
}

function reasonText(reason: unknown): string {
  return typeof reason === 'string' ? reason.slice(0, REASON_CHARACTERS_MAX).toWellFormed() : '';
}
