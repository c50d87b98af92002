import { NO_CLAIMS, type Principal } from '../core/principal.ts';
import type { Verdict } from '../core/verdict.ts';
import type { CredentialGrants, CredentialReader } from '../crypto/credential-index.ts';

/** One place for each record number modulo this; a later key takes it over. Bounded without any bookkeeping. */
const PLACES = 16_384;

interface Remembered {
  readonly index: number;
  readonly grantsId: number;
  readonly verdict: Verdict;
}

/** The same principal for the same state of a key, so that what is derived from it can be reused. */
export class PrincipalMemory {
  readonly #authenticator: string;
  readonly #credentials: CredentialReader;
  readonly #places: (Remembered | undefined)[] = new Array<Remembered | undefined>(PLACES).fill(undefined);

  constructor(authenticator: string, credentials: CredentialReader) {
    this.#authenticator = authenticator;
    this.#credentials = credentials;
  }

  /** Does not check anything: the verdict lets the key in. A record number belongs to one key for ever. */
  pass(index: number, keyId: string, grantsId: number, grants: CredentialGrants): Verdict {
    const place = index % PLACES;
    const known = this.#places[place];
    if (known !== undefined && known.index === index && known.grantsId === grantsId) return known.verdict;
    const { scopes, groups, tier, restriction } = grants;
    const consumer = this.#credentials.consumer(index);
    // Not frozen: among a million keys most are met for the first time, and freezing costs as much as the look-up.
    const principal: Principal = {
      version: 1,
      consumer,
      subject: consumer,
      scopes,
      groups,
      tier,
      authenticator: this.#authenticator,
      method: 'api-key',
      credentialId: keyId,
      issuer: '',
      clientId: '',
      binding: 'none',
      acr: '',
      authenticatedAtSeconds: 0,
      expiresAtMs: 0,
      claims: NO_CLAIMS,
      restrictions:
        restriction === undefined
          ? undefined
          : [restriction.countedAs === '' ? { ...restriction, countedAs: keyId } : restriction],
    };
    const verdict: Verdict = { kind: 'pass', principal };
    this.#places[place] = { index, grantsId, verdict };
    return verdict;
  }
}
