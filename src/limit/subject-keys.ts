import type { LimitRule, LimitSubject } from '../core/configuration.ts';
import { orderedSubjects } from './limit-rule.ts';
import { type LimitKey, newLimitKey } from './limit-table.ts';
import type { HashSeed, Limits } from './limits.ts';

/** Who a call is counted for. Consumer and key are empty unless they were verified. */
export interface LimitedSubject {
  readonly consumer: string;
  readonly keyId: string;
  /** What is counted of the address: itself for IPv4, its /64 for IPv6. */
  readonly addressGroup: string;
}

/** Shared slots of a rule and class for keys whose bucket is full of live ones. */
const OVERFLOW_SLOTS = 8;

/**
 * From who is calling to where that is counted, for one rule on one thread.
 *
 * Counted by who first, address only as a fallback: a rule per key counts the key, without one the consumer, without
 * one the address; a rule per consumer likewise. Whatever has an address in it is anonymous and counted in tables of
 * its own. The route is part of the rule's identity and needs no place here.
 */
export class SubjectKeys {
  readonly #limits: Limits;
  readonly #identity: string;
  /** Without `route`. */
  readonly #subjects: readonly LimitSubject[];
  readonly #consumerSeed: HashSeed;
  readonly #keySeed: HashSeed;
  readonly #addressSeed: HashSeed;
  readonly #pairSeed: HashSeed;
  readonly #consumers: Map<string, LimitKey>;
  readonly #keys: Map<string, LimitKey>;
  readonly #overflow: (LimitKey | undefined)[] = [];
  /** Filled anew for every call whose key is not remembered. */
  readonly #passing = newLimitKey();
  /** Counts all calls of a rule that names no one but the route. */
  readonly everyone = newLimitKey();
  /** Whether the key resolved last belongs to the anonymous tables. */
  anonymous = false;

  constructor(rule: LimitRule, identity: string, limits: Limits) {
    this.#limits = limits;
    this.#identity = identity;
    this.#subjects = orderedSubjects(rule).filter((subject) => subject !== 'route');
    this.#consumerSeed = limits.seed(identity, 'consumer');
    this.#keySeed = limits.seed(identity, 'key');
    this.#addressSeed = limits.seed(identity, 'address');
    this.#pairSeed = limits.seed(identity, 'pair');
    this.#consumers = limits.cache.newMap();
    this.#keys = limits.cache.newMap();
    limits.place(limits.seed(identity, 'everyone'), '', this.everyone);
  }

  /** Finds the key of a call's subject and sets `anonymous`. The key is good until the next call. */
  resolve(subject: LimitedSubject): LimitKey {
    this.anonymous = false;
    if (this.#subjects.length > 1) return this.#pair(subject);
    const only = this.#subjects[0];
    if (only === undefined) return this.everyone;
    if (only === 'key' && subject.keyId !== '') return this.#remembered(this.#keys, this.#keySeed, subject.keyId);
    if (only !== 'address' && subject.consumer !== '') {
      return this.#remembered(this.#consumers, this.#consumerSeed, subject.consumer);
    }
    this.anonymous = true;
    this.#limits.place(this.#addressSeed, subject.addressGroup, this.#passing);
    return this.#passing;
  }

  /** The shared slot that counts for a key which found no room; classes do not share one. */
  overflowKey(key: LimitKey, anonymous: boolean): LimitKey {
    const shard = (key.tagLo & (OVERFLOW_SLOTS - 1)) + (anonymous ? OVERFLOW_SLOTS : 0);
    let shared = this.#overflow[shard];
    if (shared === undefined) {
      shared = newLimitKey();
      this.#limits.place(this.#limits.seed(this.#identity, 'overflow'), String(shard), shared);
      this.#overflow[shard] = shared;
    }
    return shared;
  }

  /** Lengths stand before the names, so that two pairs never read alike. */
  #pair(subject: LimitedSubject): LimitKey {
    let name = '';
    for (const part of this.#subjects) {
      if (part === 'key' && subject.keyId !== '') name += `k${subject.keyId.length}:${subject.keyId}`;
      else if (part !== 'address' && subject.consumer !== '') name += `c${subject.consumer.length}:${subject.consumer}`;
      else {
        this.anonymous = true;
        name += `a${subject.addressGroup.length}:${subject.addressGroup}`;
      }
    }
    this.#limits.place(this.#pairSeed, name, this.#passing);
    return this.#passing;
  }

  #remembered(map: Map<string, LimitKey>, seed: HashSeed, name: string): LimitKey {
    const known = map.get(name);
    if (known !== undefined) return known;
    const key = newLimitKey();
    this.#limits.place(seed, name, key);
    this.#limits.cache.remember(map, name, key);
    return key;
  }
}
