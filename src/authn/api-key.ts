import { type Call, headerCount, headerValue } from '../core/call.ts';
import type { Principal } from '../core/principal.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { NOT_APPLICABLE, type Signal, type Verdict } from '../core/verdict.ts';
import { ApiKeyDigester, foreignKeyHash, foreignKeyId, type Peppers } from '../crypto/api-key-digest.ts';
import { API_KEY_CHARACTERS_MAX, parseApiKey } from '../crypto/api-key-format.ts';
import type { CredentialGrants, CredentialReader } from '../crypto/credential-index.ts';
import { type Cidr, matchesCidr, parseCidr } from '../http/client-address.ts';

/** Principals remembered per thread, one place for each record number modulo this; bounded without any bookkeeping. */
const PRINCIPALS_REMEMBERED = 16_384;

interface Remembered {
  readonly index: number;
  readonly grantsId: number;
  readonly keyId: string;
  readonly principal: Principal;
}

export interface ApiKeyAuthenticatorOptions {
  /** Name in the configuration. */
  readonly name: string;
  /** Lower-case header field the key is read from. */
  readonly header: string;
  readonly credentials: CredentialReader;
  readonly peppers: Peppers;
}

/**
 * Identifies callers by API key. The same work is done for keys that are unknown, wrong, revoked or expired, and the
 * caller gets the same answer for all of them; the event says which it was, with the public key id and never the key.
 */
export class ApiKeyAuthenticator {
  readonly name: string;
  readonly credentialHeaders: readonly string[];
  /** There is no registered scheme for API keys; the field to send is named so that a client can find out (RFC 9110 §11.6.1). */
  readonly challenge: string;
  readonly #header: string;
  readonly #credentials: CredentialReader;
  readonly #digester: ApiKeyDigester;
  readonly #remembered: (Remembered | undefined)[] = new Array(PRINCIPALS_REMEMBERED).fill(undefined);
  readonly #cidrs = new WeakMap<CredentialGrants, readonly (Cidr | undefined)[]>();

  constructor({ name, header, credentials, peppers }: ApiKeyAuthenticatorOptions) {
    this.name = name;
    this.credentialHeaders = [header];
    this.challenge = `ApiKey realm="sallyport", header="${header}"`;
    this.#header = header;
    this.#credentials = credentials;
    this.#digester = new ApiKeyDigester(peppers);
  }

  authenticate(call: Call, nowMs: number): Verdict {
    const presented = headerValue(call.headers, this.#header);
    if (presented === undefined) return NOT_APPLICABLE;
    if (headerCount(call.headers, this.#header) > 1)
      return {
        kind: 'deny',
        reason: 'authn.ambiguous',
        detail: `${this.#header} is given more than once`,
        signals: AMBIGUOUS,
      };
    if (presented.length > API_KEY_CHARACTERS_MAX) return MALFORMED;
    const parsed = parseApiKey(presented);
    switch (parsed.kind) {
      case 'checksum':
        return CHECKSUM;
      case 'malformed': {
        if (!this.#credentials.hasForeignKeys || presented === '') return MALFORMED;
        const hash = foreignKeyHash(presented);
        return this.#judge(foreignKeyId(hash), hash, call, nowMs);
      }
      case 'ok':
        return this.#judge(parsed.keyId, presented, call, nowMs);
    }
  }

  #judge(keyId: string, digested: string, call: Call, nowMs: number): Verdict {
    const credentials = this.#credentials;
    const index = credentials.lookup(keyId);
    if (index < 0) {
      this.#digester.digest(this.#digester.current, digested);
      return refusal('authn.api_key_unknown', keyId, UNKNOWN);
    }
    const digest = this.#digester.digest(credentials.pepperVersion(index), digested);
    if (digest === undefined)
      return {
        kind: 'indeterminate',
        fault: { reason: 'authn.unavailable', detail: `the pepper of key ${keyId} is not loaded` },
      };
    if (!credentials.digestEquals(index, digest)) return refusal('authn.api_key_wrong', keyId, GUESS);
    switch (credentials.status(index)) {
      case 'revoked':
        return refusal('authn.api_key_revoked', keyId, REVOKED);
      case 'disabled':
        return refusal('authn.api_key_disabled', keyId, DISABLED);
      case 'active':
        break;
    }
    const nowSeconds = nowMs / 1000;
    if (nowSeconds < credentials.notBeforeSeconds(index)) return refusal('authn.api_key_not_yet', keyId, NOT_YET);
    const expires = credentials.expiresSeconds(index);
    if (expires !== 0 && nowSeconds >= expires) return refusal('authn.api_key_expired', keyId, EXPIRED);
    const grantsId = credentials.grantsId(index);
    const grants = credentials.grants(grantsId);
    if (grants.consumerDisabled) return refusal('authn.api_key_disabled', keyId, DISABLED);
    if (grants.allowedCidrs.length > 0 && !this.#isAllowed(grants, call.address.text))
      return refusal('authn.api_key_address', keyId, ADDRESS);
    return { kind: 'pass', principal: this.#principal(index, keyId, grantsId, grants) };
  }

  /** A block that does not parse allows nobody; it is not skipped. */
  #isAllowed(grants: CredentialGrants, address: string): boolean {
    let cidrs = this.#cidrs.get(grants);
    if (cidrs === undefined) {
      cidrs = grants.allowedCidrs.map(parseCidr);
      this.#cidrs.set(grants, cidrs);
    }
    return cidrs.some((cidr) => cidr !== undefined && matchesCidr(cidr, address));
  }

  /** The same object for the same state of a key, so that what is derived from it can be reused. */
  #principal(index: number, keyId: string, grantsId: number, grants: CredentialGrants): Principal {
    const place = index % PRINCIPALS_REMEMBERED;
    const known = this.#remembered[place];
    if (known !== undefined && known.index === index && known.grantsId === grantsId && known.keyId === keyId)
      return known.principal;
    const consumer = this.#credentials.consumer(index);
    const principal: Principal = Object.freeze({
      version: 1,
      consumer,
      subject: consumer,
      scopes: grants.scopes,
      groups: grants.groups,
      tier: grants.tier,
      authenticator: this.name,
      method: 'api-key',
      credentialId: keyId,
    });
    this.#remembered[place] = { index, grantsId, keyId, principal };
    return principal;
  }
}

/** Compiles the method once per configuration. */
export function createApiKeyAuthenticator(options: ApiKeyAuthenticatorOptions): ApiKeyAuthenticator {
  return new ApiKeyAuthenticator(options);
}

const AMBIGUOUS = signal('api_key.ambiguous');
const UNKNOWN = signal('api_key.unknown');
const GUESS = signal('api_key.guess');
const REVOKED = signal('api_key.revoked');
const DISABLED = signal('api_key.disabled');
const NOT_YET = signal('api_key.not_yet');
const EXPIRED = signal('api_key.expired');
const ADDRESS = signal('api_key.address');
const MALFORMED: Verdict = Object.freeze({
  kind: 'deny',
  reason: 'authn.api_key_malformed',
  signals: signal('api_key.malformed'),
});
const CHECKSUM: Verdict = Object.freeze({
  kind: 'deny',
  reason: 'authn.api_key_checksum',
  signals: signal('api_key.checksum_failed'),
});

function signal(name: string): readonly Signal[] {
  return Object.freeze([Object.freeze({ name })]);
}

function refusal(reason: ReasonCode, keyId: string, signals: readonly Signal[]): Verdict {
  return { kind: 'deny', reason, detail: `key ${keyId}`, signals };
}
