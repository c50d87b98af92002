import { randomBytes } from 'node:crypto';
import { addressGroup } from '../http/client-address.ts';
import type { Clock, Random } from '../ports.ts';
import type { Accounts } from '../tokens/accounts.ts';
import { createPasskeyCeremonies, type PasskeyCeremonies, type PasskeyResult } from '../tokens/sign-in/passkeys.ts';
import { signInSite } from '../tokens/sign-in/site.ts';

const random: Random = { bytes: (count) => randomBytes(count) };

export interface ConsolePasskeysOptions {
  readonly accounts: Accounts;
  readonly clock: Clock;
  /** Of the authorization server, at whose host the passkeys were made; undefined: there is none. */
  readonly issuerUrl: () => string | undefined;
  /** What the admin port is called in the configuration. */
  readonly host: string;
  readonly port: () => number;
}

/**
 * Passkeys of accounts at the console. They are bound to the host of the authorization server, so that they work only where
 * the console is reached by that name, or by one below it. Whether the account has a role is not looked at here.
 */
export class ConsolePasskeys {
  readonly #options: ConsolePasskeysOptions;
  readonly #ceremonies = new Map<string, PasskeyCeremonies>();

  constructor(options: ConsolePasskeysOptions) {
    this.#options = options;
  }

  /** What a browser is to sign; undefined where passkeys do not work at this origin. */
  async options(origin: string): Promise<object | undefined> {
    return this.#at(origin)?.requestOptions(origin);
  }

  async signIn(origin: string, peer: string, responseText: string): Promise<PasskeyResult | undefined> {
    return this.#at(origin)?.signIn(origin, addressGroup(peer), responseText);
  }

  #at(origin: string): PasskeyCeremonies | undefined {
    const { issuerUrl, accounts, clock } = this.#options;
    const issuer = issuerUrl();
    if (issuer === undefined || !this.#isOwn(origin)) return undefined;
    const site = signInSite(issuer, 'Sallyport');
    const { relyingPartyId } = site;
    const { hostname } = new URL(origin);
    if (relyingPartyId === undefined || (hostname !== relyingPartyId && !hostname.endsWith(`.${relyingPartyId}`)))
      return undefined;
    const key = `${relyingPartyId} ${origin}`;
    const known = this.#ceremonies.get(key);
    if (known !== undefined) return known;
    // A few origins, times the names the issuer had since the start.
    if (this.#ceremonies.size >= 16) this.#ceremonies.clear();
    const made = createPasskeyCeremonies({ site: { ...site, origin }, accounts, clock, random });
    this.#ceremonies.set(key, made);
    return made;
  }

  /** Any page of this machine is of the host localhost: only the one at this very port is the console. */
  #isOwn(origin: string): boolean {
    const host = this.#options.host.toLowerCase();
    const port = this.#options.port();
    return [
      `http://localhost:${port}`,
      `https://localhost:${port}`,
      `https://${host}`,
      `https://${host}:${port}`,
    ].includes(origin);
  }
}
