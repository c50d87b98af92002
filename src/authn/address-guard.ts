import type { CredentialGrants } from '../crypto/credential-index.ts';
import { CidrSet, parseCidr } from '../http/client-address.ts';
import { parseAddress } from '../http/ip-address.ts';

/** Whether a key may be used from an address; the blocks of grants are compiled once for as long as these are remembered. */
export class AddressGuard {
  readonly #compiled = new WeakMap<CredentialGrants, CidrSet>();

  /** A block that does not parse allows nobody, and what is no address is in no block. */
  allows(grants: CredentialGrants, address: string): boolean {
    let blocks = this.#compiled.get(grants);
    if (blocks === undefined) {
      blocks = new CidrSet(grants.allowedCidrs.map((text) => parseCidr(text)).filter((cidr) => cidr !== undefined));
      this.#compiled.set(grants, blocks);
    }
    const parsed = parseAddress(address);
    return parsed !== undefined && blocks.has(parsed);
  }
}
