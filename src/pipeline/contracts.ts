import { Contract } from '../authz/contract/contract.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';

/**
 * The documents of one thread, compiled. A document that did not change is not compiled again with the next snapshot, as
 * those come with every consumer that is added.
 */
export class Contracts {
  #known = new Map<string, Contract>();
  #used = new Map<string, Contract>();

  /** Of a route's upstream; undefined where it has none or the route asks for nothing of it. */
  of({ upstreams }: Configuration, { upstream, contract: policy, id }: RouteConfig): Contract | undefined {
    const document = upstreams[upstream]?.openapi;
    if (document === undefined || (policy.request === 'off' && policy.response === 'off')) return undefined;
    if (document.text === undefined) throw new TypeError(`route ${id}: the document of its upstream was not read`);
    const key = `${policy.unknownFields} ${document.digest}`;
    const known = this.#used.get(key) ?? this.#known.get(key);
    // A view of shared memory cannot be decoded in place; the copy lives as long as the parsing of it.
    const contract =
      known ?? new Contract(Buffer.from(new Uint8Array(document.text)).toString(), policy.unknownFields === 'deny');
    this.#used.set(key, contract);
    return contract;
  }

  /** Forgets documents that were not asked for since the last time. */
  settle(): void {
    this.#known = this.#used;
    this.#used = new Map();
  }
}
