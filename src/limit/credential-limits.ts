import type { LimitRule } from '../core/configuration.ts';
import type { LimitMemory } from './limit-memory.ts';
import { policyName } from './limit-rule.ts';
import { type CompiledLimits, compileLimits } from './limiter.ts';
import { Limits } from './limits.ts';

/** Different limits compiled per thread; full, it begins anew. What was counted is in shared memory and stays. */
const DEFINITIONS_MAX = 1_000;

/**
 * The limits that credentials have of their own, on one thread. They are counted in the tables all threads share, apart from
 * the limits of routes: a route with the same definition neither adds to a key's count nor splits it.
 */
export class CredentialLimits {
  readonly #memory: LimitMemory;
  #limits: Limits;
  /** By the list itself, which is one object as long as a thread remembers a key's grants. */
  #byList = new WeakMap<readonly LimitRule[], CompiledLimits[]>();
  #byDefinition = new Map<string, CompiledLimits>();

  constructor(memory: LimitMemory) {
    this.#memory = memory;
    this.#limits = new Limits(memory);
  }

  /**
   * Limits ready to be checked. `place`: position among the credentials of one call, so that two with equal limits are not
   * checked through one object. Throws where a rule is impossible: the call is refused then.
   */
  of(rules: readonly LimitRule[], place: number): CompiledLimits {
    const places = this.#byList.get(rules);
    const known = places?.[place];
    if (known !== undefined) return known;
    const compiled = this.#compile(rules, place);
    if (places === undefined) {
      const first: CompiledLimits[] = [];
      first[place] = compiled;
      this.#byList.set(rules, first);
    } else places[place] = compiled;
    return compiled;
  }

  #compile(rules: readonly LimitRule[], place: number): CompiledLimits {
    const definition = `${place} ${JSON.stringify(rules)}`;
    const known = this.#byDefinition.get(definition);
    if (known !== undefined) return known;
    if (this.#byDefinition.size >= DEFINITIONS_MAX) {
      this.#limits = new Limits(this.#memory);
      this.#byList = new WeakMap();
      this.#byDefinition = new Map();
    }
    if (rules.some(({ per }) => per.length !== 1 || per[0] !== 'key'))
      throw new TypeError('a limit of a credential counts the credential');
    const compiled = compileLimits(rules, '', this.#limits, OWN_NAMES);
    this.#byDefinition.set(definition, compiled);
    return compiled;
  }
}

/** No configured rule begins so, and `own` is no subject. */
const OWN_NAMES = { identity: ownIdentity, policy: (rule: LimitRule): string => `own-${policyName(rule)}` };

/** A quota that is changed goes on with what was used in its window; a rate that is changed begins anew. */
function ownIdentity(rule: LimitRule): string {
  return rule.kind === 'rate'
    ? `own-rate:${rule.permits}/${rule.windowSeconds}/${rule.burst}`
    : `own-quota:${rule.window}`;
}
