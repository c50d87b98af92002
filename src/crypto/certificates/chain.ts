import type { CertificateFacts } from './certificate.ts';
import { KEY_PURPOSE, KEY_USAGE } from './certificate-terms.ts';
import type { ClientTrust } from './client-trust.ts';
import { revocationOf } from './crl.ts';
import { violatedConstraint } from './name-constraints.ts';
import { keyWeakness, verifySignature } from './signature-algorithm.ts';

/** Longest chain, leaf and authority included. */
export const CHAIN_LENGTH_MAX = 8;
/** Signatures verified for one certificate; what asks for more is made to cost. */
const SIGNATURES_MAX = 24;

/** What is wrong with a chain. */
export type ChainFault = 'untrusted' | 'expired' | 'notYet' | 'revoked' | 'weak' | 'purpose' | 'unknown';

export type ChainVerdict =
  /** Holds at every time from `fromMs` to `untilMs`: all dates and revocation lists of the chain do. */
  | { readonly kind: 'good'; readonly fromMs: number; readonly untilMs: number }
  | { readonly kind: 'bad'; readonly fault: ChainFault; readonly detail: string }
  /** No authority at hand issued it. */
  | { readonly kind: 'noPath' };

/**
 * Looks for a path from a certificate over `sent` ones to an authority, and judges it (RFC 5280 §6): signatures, dates,
 * basic constraints, key usage, path length, extended key usage of authorities, name constraints, critical extensions,
 * revocation. The first good path wins; else the fault of the first complete one is told.
 * Does not check certificate policies, nor what the leaf itself is for (`client-leaf.ts`).
 */
export function verifyChain(
  leaf: CertificateFacts,
  sent: readonly CertificateFacts[],
  trust: ClientTrust,
  nowMs: number,
): ChainVerdict {
  const search: Search = { sent, trust, nowMs, signaturesLeft: SIGNATURES_MAX, fault: undefined };
  const found = extend([leaf], search);
  return found ?? search.fault ?? { kind: 'noPath' };
}

interface Search {
  readonly sent: readonly CertificateFacts[];
  readonly trust: ClientTrust;
  readonly nowMs: number;
  signaturesLeft: number;
  fault: ChainVerdict | undefined;
}

/** Depth first, authorities of the operator before what the client sent. Undefined: no good path goes on from here. */
function extend(path: readonly CertificateFacts[], search: Search): ChainVerdict | undefined {
  const last = path.at(-1);
  if (last === undefined || path.length >= CHAIN_LENGTH_MAX) return undefined;
  const authorities = search.trust.authoritiesBySubject.get(last.issuer) ?? [];
  for (const issuer of authorities) {
    if (!mayHaveIssued(issuer, last, path, search)) continue;
    const whole = [...path, issuer];
    // One that is not self-issued has authorities of its own, which can revoke it: where they are known, they count.
    if (issuer.issuer !== issuer.subject && search.trust.authoritiesBySubject.has(issuer.issuer)) {
      const longer = extend(whole, search);
      if (longer !== undefined) return longer;
      if (search.fault !== undefined) continue;
    }
    const verdict = judgePath(whole, search.trust, search.nowMs);
    if (verdict.kind === 'good') return verdict;
    search.fault ??= verdict;
  }
  for (const issuer of search.sent) {
    if (issuer.subject !== last.issuer || !mayHaveIssued(issuer, last, path, search)) continue;
    const longer = extend([...path, issuer], search);
    if (longer !== undefined) return longer;
  }
  return undefined;
}

/** Whether a certificate, not yet on the path, signed another. */
function mayHaveIssued(
  issuer: CertificateFacts,
  subject: CertificateFacts,
  path: readonly CertificateFacts[],
  search: Search,
): boolean {
  if (subject.authorityKeyId !== '' && issuer.subjectKeyId !== '' && subject.authorityKeyId !== issuer.subjectKeyId)
    return false;
  for (const one of path) if (one.publicKeyPin === issuer.publicKeyPin && one.subject === issuer.subject) return false;
  if (subject.algorithm === undefined) {
    search.fault ??= bad('weak', 'a signature algorithm is weak or not known');
    return false;
  }
  if (search.signaturesLeft-- <= 0) return false;
  return verifySignature(subject.algorithm, issuer.publicKey, subject.signed, subject.signature);
}

/** Judges a path whose signatures are right: leaf first, authority last. */
function judgePath(path: readonly CertificateFacts[], trust: ClientTrust, nowMs: number): ChainVerdict {
  let fromMs = 0;
  let untilMs = Number.POSITIVE_INFINITY;
  for (const one of path) {
    const fault = checkCertificate(one, nowMs);
    if (fault !== undefined) return fault;
    fromMs = Math.max(fromMs, one.notBeforeMs);
    untilMs = Math.min(untilMs, one.notAfterMs);
  }
  let intermediates = 0;
  for (let i = 1; i < path.length; i++) {
    const authority = path[i];
    if (authority === undefined) continue;
    const fault = checkAuthority(authority, intermediates, path, i);
    if (fault !== undefined) return fault;
    if (authority.subject !== authority.issuer) intermediates++;
  }
  if (trust.lists === undefined) return { kind: 'good', fromMs, untilMs };
  for (let i = 0; i + 1 < path.length; i++) {
    const one = path[i];
    if (one === undefined) continue;
    const revocation = revocationOf(one, path[i + 1], trust.lists, nowMs);
    if (revocation.kind === 'revoked')
      return bad('revoked', i === 0 ? 'the certificate is revoked' : 'an authority of the chain is revoked');
    if (revocation.kind === 'unknown') return bad('unknown', revocation.detail);
    fromMs = Math.max(fromMs, revocation.fromMs);
    untilMs = Math.min(untilMs, revocation.untilMs);
  }
  return { kind: 'good', fromMs, untilMs };
}

function checkCertificate(certificate: CertificateFacts, nowMs: number): ChainVerdict | undefined {
  if (nowMs > certificate.notAfterMs) return bad('expired', 'a certificate of the chain has expired');
  if (nowMs < certificate.notBeforeMs) return bad('notYet', 'a certificate of the chain is not valid yet');
  if (certificate.hasUnknownCritical) return bad('untrusted', 'a critical extension is not understood');
  const weakness = keyWeakness(certificate.publicKey);
  return weakness === '' ? undefined : bad('weak', weakness);
}

function checkAuthority(
  authority: CertificateFacts,
  intermediates: number,
  path: readonly CertificateFacts[],
  position: number,
): ChainVerdict | undefined {
  if (!authority.isAuthority) return bad('untrusted', 'a certificate that issued another is not one of an authority');
  if (authority.keyUsage !== undefined && (authority.keyUsage & KEY_USAGE.keyCertSign) === 0)
    return bad('untrusted', 'an authority may not sign certificates (key usage)');
  if (intermediates > authority.pathLengthMax)
    return bad('untrusted', 'an authority allows fewer authorities below it');
  const { purposes } = authority;
  if (purposes !== undefined && !purposes.includes(KEY_PURPOSE.clientAuth) && !purposes.includes(KEY_PURPOSE.any))
    return bad('purpose', 'an authority is not one for clients (extended key usage)');
  if (authority.nameConstraints === undefined) return undefined;
  for (let below = 0; below < position; below++) {
    const one = path[below];
    // RFC 5280 §6.1.3: self-issued authorities in between are exempt, so that an authority can change its key.
    if (one === undefined || (below > 0 && one.subject === one.issuer)) continue;
    const violation = violatedConstraint(authority.nameConstraints, one.alternativeNames);
    if (violation !== '') return bad('untrusted', violation);
  }
  return undefined;
}

function bad(fault: ChainFault, detail: string): ChainVerdict {
  return { kind: 'bad', fault, detail };
}
