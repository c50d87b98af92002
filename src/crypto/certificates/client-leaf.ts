import { type CertificateFacts, hasPurpose } from './certificate.ts';
import { KEY_USAGE } from './certificate-terms.ts';
import { keyWeakness } from './signature-algorithm.ts';

/**
 * Empty, or why a certificate is not one a client may show: an authority's, without `clientAuth` (RFC 5280 §4.2.1.12),
 * without `digitalSignature` (which TLS asks for), with a weak key or signature. `anyExtendedKeyUsage` is not enough: it
 * is what was never meant for anything.
 */
export function clientLeafFault(leaf: CertificateFacts): string {
  const fault = keyFault(leaf);
  if (fault !== '') return fault;
  if (leaf.keyUsage !== undefined && (leaf.keyUsage & KEY_USAGE.digitalSignature) === 0)
    return 'the key is not one for signatures (key usage)';
  return hasPurpose(leaf, 'clientAuth') ? '' : 'the certificate is not one for clients (extended key usage)';
}

/** The same for an X.509-SVID, whose key usage is obligatory and critical, and whose purpose may be left out (X509-SVID §4). */
export function svidLeafFault(leaf: CertificateFacts): string {
  const fault = keyFault(leaf);
  if (fault !== '') return fault;
  if (leaf.keyUsage === undefined || !leaf.keyUsageIsCritical)
    return 'an SVID has to have a critical key usage (X509-SVID §4.3)';
  if ((leaf.keyUsage & KEY_USAGE.digitalSignature) === 0) return 'the key is not one for signatures (key usage)';
  if ((leaf.keyUsage & (KEY_USAGE.keyCertSign | KEY_USAGE.crlSign)) !== 0)
    return 'an SVID of an authority is none of a workload (X509-SVID §5.2)';
  if (leaf.purposes === undefined || hasPurpose(leaf, 'clientAuth')) return '';
  return 'the certificate is not one for clients (extended key usage)';
}

function keyFault(leaf: CertificateFacts): string {
  if (leaf.isAuthority) return 'the certificate is one of an authority';
  if (leaf.algorithm === undefined) return 'the signature algorithm is weak or not known';
  return keyWeakness(leaf.publicKey);
}
