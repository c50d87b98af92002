import type { ReasonCode } from '../core/reasons.ts';
import type { Verdict } from '../core/verdict.ts';
import { type CertificateFacts, readCertificate } from '../crypto/certificates/certificate.ts';
import { type ChainFault, type ChainVerdict, verifyChain } from '../crypto/certificates/chain.ts';
import type { ClientTrust } from '../crypto/certificates/client-trust.ts';
import { revocationOf } from '../crypto/certificates/crl.ts';

/** What is known of a certificate after its chain was judged. A good one is good from `fromMs` to `untilMs`. */
export type CertificateJudgement =
  | {
      readonly kind: 'good';
      readonly leaf: CertificateFacts;
      readonly fromMs: number;
      readonly untilMs: number;
    }
  | { readonly kind: 'bad'; readonly verdict: Verdict };

/** Judges a certificate a trusted proxy forwards: nobody else has verified its chain for the gateway. */
export function judgeForwarded(
  der: Uint8Array,
  sentDer: readonly Uint8Array[],
  trust: ClientTrust,
  nowMs: number,
): CertificateJudgement {
  const reading = readCertificate(der);
  if (reading.kind === 'malformed') return malformed(reading.detail);
  const sent: CertificateFacts[] = [];
  for (const one of sentDer) {
    const above = readCertificate(one);
    if (above.kind === 'malformed') return malformed(above.detail);
    sent.push(above.certificate);
  }
  return judged(reading.certificate, verifyChain(reading.certificate, sent, trust, nowMs));
}

/**
 * Judges a certificate of this connection's handshake. OpenSSL has verified its chain then, and `chainError` is final:
 * nothing here makes a bad chain good. What was good then is judged again by the authorities, lists and time of now. Where
 * an authority in between is not at hand, because the client sent it and the operator does not list it, its part stays
 * as it was in the handshake; the leaf's own revocation and dates do not.
 */
export function judgeHandshake(
  der: Uint8Array,
  chainError: string,
  trust: ClientTrust,
  nowMs: number,
): CertificateJudgement {
  const reading = readCertificate(der);
  if (reading.kind === 'malformed') return malformed(reading.detail);
  const leaf = reading.certificate;
  const chain = verifyChain(leaf, [], trust, nowMs);
  // Of several faults OpenSSL names the last, so that what is known more exactly is told first.
  if (chain.kind === 'bad') return judged(leaf, chain);
  if (chainError !== '') {
    const fault = handshakeFault(chainError);
    // Of a chain without any authority OpenSSL says last that its list is missing, too.
    const isStrange = fault === 'unknown' && chain.kind === 'noPath' && !couldBeListed(leaf, trust);
    return bad(isStrange ? 'untrusted' : fault, `in the handshake: ${chainError}`);
  }
  return judged(leaf, chain.kind === 'good' ? chain : judgeAlone(leaf, trust, nowMs));
}

/** Whether the issuer may be an authority that the client sent, and that the operator has a list of. */
function couldBeListed({ issuer }: CertificateFacts, { authoritiesBySubject, lists }: ClientTrust): boolean {
  return !authoritiesBySubject.has(issuer) && lists?.some((list) => list.issuer === issuer) === true;
}

/** What can be said of a leaf whose authority is not at hand. */
function judgeAlone(leaf: CertificateFacts, { lists }: ClientTrust, nowMs: number): ChainVerdict {
  if (nowMs > leaf.notAfterMs) return { kind: 'bad', fault: 'expired', detail: 'the certificate has expired' };
  if (nowMs < leaf.notBeforeMs) return { kind: 'bad', fault: 'notYet', detail: 'the certificate is not valid yet' };
  if (leaf.hasUnknownCritical)
    return { kind: 'bad', fault: 'untrusted', detail: 'a critical extension is not understood' };
  const good = { kind: 'good', fromMs: leaf.notBeforeMs, untilMs: leaf.notAfterMs } as const;
  if (lists === undefined) return good;
  const revocation = revocationOf(leaf, undefined, lists, nowMs);
  switch (revocation.kind) {
    case 'good':
      return {
        kind: 'good',
        fromMs: Math.max(good.fromMs, revocation.fromMs),
        untilMs: Math.min(good.untilMs, revocation.untilMs),
      };
    case 'revoked':
      return { kind: 'bad', fault: 'revoked', detail: 'the certificate is revoked' };
    case 'unknown':
      return { kind: 'bad', fault: 'unknown', detail: revocation.detail };
  }
}

/** OpenSSL's verification errors by their names. What is not known here is untrusted. */
function handshakeFault(chainError: string): ChainFault {
  switch (chainError) {
    case 'CERT_HAS_EXPIRED':
      return 'expired';
    case 'CERT_NOT_YET_VALID':
      return 'notYet';
    case 'CERT_REVOKED':
      return 'revoked';
    case 'INVALID_PURPOSE':
      return 'purpose';
    case 'UNABLE_TO_GET_CRL':
    case 'CRL_HAS_EXPIRED':
    case 'CRL_NOT_YET_VALID':
    case 'CRL_SIGNATURE_FAILURE':
    case 'UNABLE_TO_DECRYPT_CRL_SIGNATURE':
      return 'unknown';
    default:
      return 'untrusted';
  }
}

function judged(leaf: CertificateFacts, chain: ChainVerdict): CertificateJudgement {
  switch (chain.kind) {
    case 'good':
      return { kind: 'good', leaf, fromMs: chain.fromMs, untilMs: chain.untilMs };
    case 'bad':
      return bad(chain.fault, chain.detail);
    case 'noPath':
      return bad('untrusted', 'the certificate leads to no authority');
  }
}

function malformed(detail: string): CertificateJudgement {
  return { kind: 'bad', verdict: refusal('authn.certificate_untrusted', 'certificate.malformed', detail) };
}

const REFUSALS: Readonly<Record<Exclude<ChainFault, 'unknown'>, readonly [ReasonCode, string]>> = {
  untrusted: ['authn.certificate_untrusted', 'certificate.untrusted'],
  expired: ['authn.certificate_expired', 'certificate.expired'],
  notYet: ['authn.certificate_expired', 'certificate.not_yet'],
  revoked: ['authn.certificate_revoked', 'certificate.revoked'],
  weak: ['authn.certificate_purpose', 'certificate.weak'],
  purpose: ['authn.certificate_purpose', 'certificate.purpose'],
};

function bad(fault: ChainFault, detail: string): CertificateJudgement {
  // A list that is missing or out of date says nothing, and nothing is not "not revoked".
  if (fault === 'unknown')
    return { kind: 'bad', verdict: { kind: 'indeterminate', fault: { reason: 'authn.unavailable', detail } } };
  const [reason, signal] = REFUSALS[fault];
  return { kind: 'bad', verdict: refusal(reason, signal, detail) };
}

export function refusal(reason: ReasonCode, signal: string, detail: string): Verdict {
  return { kind: 'deny', reason, detail, signals: [{ name: signal }] };
}
