import { type Call, headerValue } from '../core/call.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { NOT_APPLICABLE, type Signal, type Verdict } from '../core/verdict.ts';
import { ApiKeyDigester, DIGEST_BYTES, foreignKeyHash, foreignKeyId, type Peppers } from '../crypto/api-key-digest.ts';
import { parseApiKey } from '../crypto/api-key-format.ts';
import type { CredentialGrants, CredentialReader } from '../crypto/credential-index.ts';
import { NOBODY } from '../crypto/credential-memory.ts';
import { AddressGuard } from './address-guard.ts';
import { PrincipalMemory } from './principal-memory.ts';

/** Longest key of another format that is looked at. */
const FOREIGN_KEY_CHARACTERS_MAX = 1_024;

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
  readonly #ambiguous: Verdict;
  readonly #credentials: CredentialReader;
  readonly #digester: ApiKeyDigester;
  readonly #digest = Buffer.alloc(DIGEST_BYTES);
  readonly #addresses = new AddressGuard();
  readonly #principals: PrincipalMemory;

  constructor({ name, header, credentials, peppers }: ApiKeyAuthenticatorOptions) {
    this.name = name;
    this.credentialHeaders = [header];
    this.challenge = `ApiKey realm="sallyport", header="${header}"`;
    this.#header = header;
    this.#ambiguous = refusal('authn.ambiguous', 'api_key.ambiguous', `${header} is given more than once`);
    this.#credentials = credentials;
    this.#digester = new ApiKeyDigester(peppers);
    this.#principals = new PrincipalMemory(name, credentials);
  }

  presents({ headers }: Call): boolean {
    return headerValue(headers, this.#header) !== undefined;
  }

  authenticate(call: Call, nowMs: number): Verdict {
    const { headers } = call;
    let presented: string | undefined;
    for (let i = 0; i < headers.length; i += 2)
      if (headers[i] === this.#header) {
        if (presented !== undefined) return this.#ambiguous;
        presented = headers[i + 1] ?? '';
      }
    if (presented === undefined) return NOT_APPLICABLE;
    const parsed = parseApiKey(presented);
    switch (parsed.kind) {
      case 'ok': {
        const index = this.#credentials.lookup(parsed.keyId);
        const verdict = this.#judge(index, parsed.keyId, presented, call, nowMs);
        // A key of another installation, taken over by its hash, has our form and an id that is not ours.
        return index < 0 ? this.#judgeForeign(presented, call, nowMs, verdict) : verdict;
      }
      case 'checksum':
        return this.#judgeForeign(presented, call, nowMs, CHECKSUM);
      case 'malformed':
        return this.#judgeForeign(presented, call, nowMs, MALFORMED);
    }
  }

  /**
   * Looks for an imported key. Its digest is made from the hexadecimal SHA-256, which never has the form of a key of
   * ours, so that neither kind can pass for the other.
   */
  #judgeForeign(presented: string, call: Call, nowMs: number, otherwise: Verdict): Verdict {
    if (!this.#credentials.hasForeignKeys || !isForeignKey(presented)) return otherwise;
    const hash = foreignKeyHash(presented);
    const keyId = foreignKeyId(hash);
    const index = this.#credentials.lookup(keyId);
    // The id of an unknown one is part of a hash of what may be a secret of elsewhere: it is not recorded.
    return index < 0 ? otherwise : this.#judge(index, keyId, hash, call, nowMs);
  }

  #judge(index: number, keyId: string, digested: string, call: Call, nowMs: number): Verdict {
    const credentials = this.#credentials;
    const version = index < 0 ? this.#digester.current : credentials.pepperVersion(index);
    if (!this.#digester.digestInto(version, digested, this.#digest))
      return {
        kind: 'indeterminate',
        fault: { reason: 'authn.unavailable', detail: `the pepper of key ${keyId} is not loaded` },
      };
    const isRight = credentials.digestEquals(index < 0 ? NOBODY : index, this.#digest);
    if (index < 0) return refusal('authn.api_key_unknown', 'api_key.unknown', `key ${keyId}`);
    if (!isRight) return refusal('authn.api_key_wrong', 'api_key.wrong', `key ${keyId}`);
    for (;;) {
      const grantsId = credentials.grantsId(index);
      const validity = credentials.validity(index, nowMs);
      // A key that is changed between the two readings is read again: old grants must not meet new times.
      if (credentials.grantsId(index) !== grantsId) continue;
      switch (validity) {
        case 'valid':
          return this.#admit(index, keyId, grantsId, credentials.grants(grantsId), call);
        case 'revoked':
          return refusal('authn.api_key_revoked', 'api_key.revoked', `key ${keyId}`, keyId);
        case 'disabled':
          return refusal('authn.api_key_disabled', 'api_key.disabled', `key ${keyId}`, keyId);
        case 'notYet':
          return refusal('authn.api_key_not_yet', 'api_key.not_yet', `key ${keyId}`, keyId);
        case 'expired':
          return refusal('authn.api_key_expired', 'api_key.expired', `key ${keyId}`, keyId);
      }
    }
  }

  #admit(index: number, keyId: string, grantsId: number, grants: CredentialGrants, { address }: Call): Verdict {
    if (grants.consumerDisabled)
      return refusal('authn.api_key_disabled', 'api_key.disabled', `key ${keyId}: its consumer is disabled`, keyId);
    if (grants.allowedCidrs.length > 0 && !this.#addresses.allows(grants, address.text))
      return refusal('authn.api_key_address', 'api_key.address', `key ${keyId}`, keyId);
    return this.#principals.pass(index, keyId, grantsId, grants);
  }
}

/** Compiles the method once per configuration. */
export function createApiKeyAuthenticator(options: ApiKeyAuthenticatorOptions): ApiKeyAuthenticator {
  return new ApiKeyAuthenticator(options);
}

const MALFORMED = Object.freeze(refusal('authn.api_key_malformed', 'api_key.malformed'));
const CHECKSUM = Object.freeze(refusal('authn.api_key_checksum', 'api_key.checksum_failed'));

/** `credentialId`: of a key whose secret was right. */
function refusal(reason: ReasonCode, signal: string, detail?: string, credentialId?: string): Verdict {
  const signals: readonly Signal[] = [{ name: signal }];
  if (detail === undefined) return { kind: 'deny', reason, signals };
  return credentialId === undefined
    ? { kind: 'deny', reason, detail, signals }
    : { kind: 'deny', reason, detail, signals, credentialId };
}

/** Visible ASCII of a sane length: what else arrives may have been decoded differently where its hash was made. */
function isForeignKey(text: string): boolean {
  if (text.length === 0 || text.length > FOREIGN_KEY_CHARACTERS_MAX) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return true;
}
