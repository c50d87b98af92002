import type { CertificateIdentity } from '../core/configuration.ts';
import type { CertificateFacts } from '../crypto/certificates/certificate.ts';
import type { GeneralName } from '../crypto/certificates/general-names.ts';
import { isDnsName, parseSpiffeId } from './certificate-names.ts';

/** Who a certificate names, or why that is nobody the gateway can act on. `detail` never repeats a name. */
export type IdentityReading =
  | { readonly kind: 'identity'; readonly identity: string }
  | { readonly kind: 'refused'; readonly signal: string; readonly detail: string };

/**
 * Takes the one name of the configured kind (RFC 5280 §4.2.1.6). The common name is never looked at: any text may stand
 * there, and name constraints do not bind it. Several names of the kind are refused, since which one was meant would be
 * a guess.
 */
export function readIdentity(
  leaf: CertificateFacts,
  kind: CertificateIdentity,
  trustDomain: string | undefined,
): IdentityReading {
  switch (kind) {
    case 'spki-sha256':
      return { kind: 'identity', identity: leaf.publicKeyPin };
    case 'san-uri':
      return oneName(leaf, 'uri', (text) => (isUri(text) ? text : undefined));
    case 'san-dns':
      return oneName(leaf, 'dns', (text) => (isDnsName(text) ? text.toLowerCase() : undefined));
    case 'san-email':
      return oneName(leaf, 'email', canonicalEmail);
    case 'spiffe': {
      const reading = oneName(leaf, 'uri', (text) => (parseSpiffeId(text) === undefined ? undefined : text));
      if (reading.kind === 'refused' || trustDomain === undefined) return reading;
      return parseSpiffeId(reading.identity)?.trustDomain === trustDomain
        ? reading
        : refused('certificate.trust_domain', 'the SPIFFE ID is of another trust domain');
    }
  }
}

function oneName(
  leaf: CertificateFacts,
  form: GeneralName['form'],
  canonical: (text: string) => string | undefined,
): IdentityReading {
  let found: GeneralName | undefined;
  for (const name of leaf.alternativeNames) {
    // Whoever writes a NUL into one name means to be read differently elsewhere, whatever the other names are.
    if (name.malformed) return refused('certificate.name_malformed', 'a name of the certificate is malformed');
    if (name.form !== form) continue;
    if (found !== undefined) return refused('certificate.names_several', `the certificate has several ${form} names`);
    found = name;
  }
  if (found === undefined) return refused('certificate.name_missing', `the certificate has no ${form} name`);
  const identity = canonical(found.text);
  return identity === undefined
    ? refused('certificate.name_malformed', `the ${form} name is not one that can be compared`)
    : { kind: 'identity', identity };
}

/** Has a scheme and no dot segments: with them, one text is two places. */
function isUri(text: string): boolean {
  const colon = text.indexOf(':');
  if (colon <= 0) return false;
  for (const segment of text.split('/')) if (segment === '.' || segment === '..') return false;
  return true;
}

/** The domain in lower case, the local part as it is (RFC 5321 §2.4); undefined where there is not exactly one of each. */
function canonicalEmail(text: string): string | undefined {
  const at = text.indexOf('@');
  if (at <= 0 || at !== text.lastIndexOf('@')) return undefined;
  const domain = text.slice(at + 1);
  return isDnsName(domain) ? `${text.slice(0, at)}@${domain.toLowerCase()}` : undefined;
}

function refused(signal: string, detail: string): IdentityReading {
  return { kind: 'refused', signal, detail };
}
