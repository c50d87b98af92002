import { createHash } from 'node:crypto';
import type { Call, PeerCertificate } from '../core/call.ts';
import { type ForwardedSource, readForwarded } from './forwarded-certificate.ts';

/**
 * `x5t#S256` of the certificate the client showed (RFC 8705 §3.1): base64url SHA-256 of its DER, without padding.
 * Undefined where there is none. With `forwarded`, a call from a trusted proxy has the certificate the proxy forwards,
 * and never the proxy's own.
 * Does not check the chain: what is bound is the key whose possession the handshake proved, self-signed or not (§2.2.2).
 */
export function certificateThumbprint(call: Call, forwarded?: ForwardedSource): string | undefined {
  if (forwarded !== undefined && call.fromTrustedProxy) {
    const reading = readForwarded(call, forwarded);
    return reading.kind === 'certificate' ? thumbprint(reading.leaf) : undefined;
  }
  const { peer } = call;
  if (peer === undefined) return undefined;
  const known = THUMBPRINTS.get(peer);
  if (known !== undefined) return known;
  const computed = thumbprint(peer.der);
  THUMBPRINTS.set(peer, computed);
  return computed;
}

/** One per connection, given up with it. */
const THUMBPRINTS = new WeakMap<PeerCertificate, string>();

function thumbprint(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('base64url');
}
