import { type CertificateFacts, readAuthorityKeyId } from './certificate.ts';
import { EXTENSION, KEY_USAGE } from './certificate-terms.ts';
import {
  booleanOf,
  contextTag,
  countOf,
  DerFault,
  DerReader,
  type DerValue,
  hex,
  integerOf,
  octetsOfBits,
  oidOf,
  onlyElement,
  TAG,
  timeOf,
} from './der.ts';
import { readPem } from './pem.ts';
import { type SignatureAlgorithm, signatureAlgorithm, verifySignature } from './signature-algorithm.ts';

/** In one file. */
export const REVOCATION_LISTS_MAX = 256;
const REVOKED_MAX = 1_000_000;

/** One certificate revocation list (RFC 5280 §5): complete, direct, of one authority. */
export interface RevocationList {
  /** Name of the authority, as `CertificateFacts.subject`. */
  readonly issuer: string;
  /** Hexadecimal, or empty. */
  readonly authorityKeyId: string;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
  /** Serial numbers in hexadecimal. */
  readonly revoked: ReadonlySet<string>;
  readonly signed: Uint8Array;
  readonly algorithm: SignatureAlgorithm | undefined;
  readonly signature: Uint8Array;
}

export type RevocationReading =
  | { readonly kind: 'lists'; readonly lists: readonly RevocationList[] }
  | { readonly kind: 'malformed'; readonly detail: string };

/**
 * Reads the revocation lists of a PEM text. Delta, indirect and partial lists are refused: taken for complete ones they
 * would hide revocations. Does not check signatures, which `revocationOf` does.
 */
export function readRevocationLists(pem: string): RevocationReading {
  const blocks = readPem(pem, 'X509 CRL', REVOCATION_LISTS_MAX);
  if (blocks.kind === 'malformed') return blocks;
  try {
    return { kind: 'lists', lists: blocks.blocks.map(readList) };
  } catch (error) {
    if (error instanceof DerFault) return { kind: 'malformed', detail: error.message };
    throw error;
  }
}

function readList(der: Uint8Array): RevocationList {
  const outer = new DerReader(onlyElement(der, TAG.sequence).contents);
  const tbs = outer.take(TAG.sequence);
  const identifier = outer.take(TAG.sequence).whole;
  const signature = octetsOfBits(outer.take(TAG.bitString));
  outer.finish();
  const body = new DerReader(tbs.contents);
  const version = body.maybe(TAG.integer);
  if (version === undefined || countOf(version) !== 1) throw new DerFault('a revocation list is not of version 2');
  if (hex(body.take(TAG.sequence).whole) !== hex(identifier)) throw new DerFault('the two signature algorithms differ');
  const issuer = hex(body.take(TAG.sequence).whole);
  const thisUpdateMs = timeOf(body.next());
  if (body.nextTag !== TAG.utcTime && body.nextTag !== TAG.generalizedTime)
    throw new DerFault('a revocation list does not say when the next one comes');
  const nextUpdateMs = timeOf(body.next());
  const revoked = readRevoked(body.maybe(TAG.sequence));
  const authorityKeyId = readListExtensions(body.maybe(contextTag(0, true)));
  body.finish();
  return {
    issuer,
    authorityKeyId,
    thisUpdateMs,
    nextUpdateMs,
    revoked,
    signed: tbs.whole,
    algorithm: signatureAlgorithm(identifier),
    signature,
  };
}

function readRevoked(entries: DerValue | undefined): ReadonlySet<string> {
  const revoked = new Set<string>();
  if (entries === undefined) return revoked;
  const list = new DerReader(entries.contents);
  while (!list.atEnd) {
    if (revoked.size >= REVOKED_MAX) throw new DerFault('a revocation list has too many entries');
    const entry = list.enter(TAG.sequence);
    const serial = integerOf(entry.take(TAG.integer));
    timeOf(entry.next());
    if (!entry.atEnd) checkEntryExtensions(entry.enter(TAG.sequence));
    entry.finish();
    revoked.add(serial);
  }
  return revoked;
}

/** A critical extension of an entry, `certificateIssuer` of indirect lists above all, gives it another meaning. */
function checkEntryExtensions(list: DerReader): void {
  while (!list.atEnd) {
    const { oid, critical } = extensionOf(list);
    if (critical && oid !== EXTENSION.reasonCode && oid !== EXTENSION.invalidityDate)
      throw new DerFault('an entry of a revocation list has a critical extension');
  }
}

/** The authority key id. Critical extensions make a list a delta or a partial one. */
function readListExtensions(wrapped: DerValue | undefined): string {
  if (wrapped === undefined) return '';
  const list = new DerReader(onlyElement(wrapped.contents, TAG.sequence).contents);
  let authorityKeyId = '';
  while (!list.atEnd) {
    const { oid, critical, value } = extensionOf(list);
    if (oid === EXTENSION.authorityKeyId) authorityKeyId = readAuthorityKeyId(value);
    else if (critical && oid !== EXTENSION.crlNumber)
      throw new DerFault('a revocation list is a delta or partial one (critical extension)');
  }
  return authorityKeyId;
}

function extensionOf(list: DerReader): { oid: string; critical: boolean; value: Uint8Array } {
  const fields = list.enter(TAG.sequence);
  const oid = oidOf(fields.take(TAG.oid));
  const flag = fields.maybe(TAG.boolean);
  const value = fields.take(TAG.octetString).contents;
  fields.finish();
  return { oid, critical: flag !== undefined && booleanOf(flag), value };
}

export type Revocation =
  | { readonly kind: 'good'; readonly fromMs: number; readonly untilMs: number }
  | { readonly kind: 'revoked' }
  /** No list says anything that counts now: missing, out of date, or not by the authority. */
  | { readonly kind: 'unknown'; readonly detail: string };

/**
 * Whether a certificate is revoked, by the newest list of its authority. `authority` undefined: the certificate of the
 * authority is not at hand, and the lists, which are the operator's own, are believed without their signature.
 * With any list at all, every authority needs one.
 */
export function revocationOf(
  certificate: Pick<CertificateFacts, 'issuer' | 'serial' | 'authorityKeyId'>,
  authority: CertificateFacts | undefined,
  lists: readonly RevocationList[],
  nowMs: number,
): Revocation {
  const keyId = authority?.subjectKeyId ?? certificate.authorityKeyId;
  let newest: RevocationList | undefined;
  let outdated = false;
  for (const list of lists) {
    if (list.issuer !== certificate.issuer) continue;
    if (keyId !== '' && list.authorityKeyId !== '' && list.authorityKeyId !== keyId) continue;
    if (authority !== undefined && !isBy(list, authority)) continue;
    // Once revoked, for ever: an older list says it as well as a newer one, which may have dropped what has expired.
    if (list.revoked.has(certificate.serial)) return { kind: 'revoked' };
    if (nowMs < list.thisUpdateMs || nowMs > list.nextUpdateMs) outdated = true;
    else if (newest === undefined || list.thisUpdateMs > newest.thisUpdateMs) newest = list;
  }
  if (newest !== undefined) return { kind: 'good', fromMs: newest.thisUpdateMs, untilMs: newest.nextUpdateMs };
  return {
    kind: 'unknown',
    detail: outdated ? 'the revocation list is out of date' : 'there is no revocation list of the authority',
  };
}

/** Whether an authority signed a list; remembered, since a list can be long and is asked for every certificate. */
function isBy(list: RevocationList, authority: CertificateFacts): boolean {
  let known = SIGNED_BY.get(list);
  if (known === undefined) {
    known = new WeakMap();
    SIGNED_BY.set(list, known);
  }
  const before = known.get(authority);
  if (before !== undefined) return before;
  const mayShare = authority.keyUsage === undefined || (authority.keyUsage & KEY_USAGE.crlSign) !== 0;
  const verified =
    mayShare &&
    list.algorithm !== undefined &&
    verifySignature(list.algorithm, authority.publicKey, list.signed, list.signature);
  known.set(authority, verified);
  return verified;
}

const SIGNED_BY = new WeakMap<RevocationList, WeakMap<CertificateFacts, boolean>>();
