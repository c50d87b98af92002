import type { ReasonCode } from '../../core/reasons.ts';

/** What an error of the upstream engine means for the call. */
export interface UpstreamFailure {
  readonly reason: ReasonCode;
  /** Whether any byte of the request may have reached the upstream. */
  readonly sent: boolean;
  /** Whose doing it was: a client that goes away says nothing of the upstream's health. */
  readonly blame: 'upstream' | 'client';
}

const UNREACHABLE: UpstreamFailure = { reason: 'upstream.unreachable', sent: false, blame: 'upstream' };
const TIMEOUT: UpstreamFailure = { reason: 'upstream.timeout', sent: true, blame: 'upstream' };
const BROKEN: UpstreamFailure = { reason: 'upstream.broken', sent: true, blame: 'upstream' };
export const CLIENT_BROKE: UpstreamFailure = { reason: 'framing.body', sent: true, blame: 'client' };

/** Sorts errors by their code; one that is not known counts as broken after sending, which is never retried blindly. */
export function classifyFailure(error: Error & { code?: unknown }): UpstreamFailure {
  switch (error.code) {
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EADDRNOTAVAIL':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'CERT_HAS_EXPIRED':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return UNREACHABLE;
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return TIMEOUT;
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'UND_ERR_ABORTED':
      return CLIENT_BROKE;
    default:
      return BROKEN;
  }
}
