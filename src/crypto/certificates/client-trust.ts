import { type CertificateFacts, readCertificate } from './certificate.ts';
import { type RevocationList, readRevocationLists } from './crl.ts';
import { readPem } from './pem.ts';

const AUTHORITIES_MAX = 256;

/** Whom certificates are believed from: compiled once from PEM texts. */
export interface ClientTrust {
  readonly authorities: readonly CertificateFacts[];
  readonly authoritiesBySubject: ReadonlyMap<string, readonly CertificateFacts[]>;
  /** Undefined: revocation is not checked. */
  readonly lists: readonly RevocationList[] | undefined;
}

/** PEM texts of authorities, and of their revocation lists where revocation is checked. */
export interface ClientTrustTexts {
  readonly authorities: string | undefined;
  readonly revocationLists: string | undefined;
}

export type ClientTrustReading =
  | { readonly kind: 'trust'; readonly trust: ClientTrust }
  | { readonly kind: 'malformed'; readonly part: keyof ClientTrustTexts; readonly detail: string };

/** Reads authorities and lists; every certificate has to be one of an authority. Does not check dates. */
export function readClientTrust(texts: ClientTrustTexts): ClientTrustReading {
  const authorities: CertificateFacts[] = [];
  if (texts.authorities !== undefined) {
    const pem = readPem(texts.authorities, 'CERTIFICATE', AUTHORITIES_MAX);
    if (pem.kind === 'malformed') return { kind: 'malformed', part: 'authorities', detail: pem.detail };
    for (const der of pem.blocks) {
      const reading = readCertificate(der);
      if (reading.kind === 'malformed') return { kind: 'malformed', part: 'authorities', detail: reading.detail };
      if (!reading.certificate.isAuthority)
        return { kind: 'malformed', part: 'authorities', detail: 'a certificate is not one of an authority' };
      authorities.push(reading.certificate);
    }
  }
  let lists: readonly RevocationList[] | undefined;
  if (texts.revocationLists !== undefined) {
    const reading = readRevocationLists(texts.revocationLists);
    if (reading.kind === 'malformed') return { kind: 'malformed', part: 'revocationLists', detail: reading.detail };
    lists = reading.lists;
  }
  return { kind: 'trust', trust: { authorities, authoritiesBySubject: bySubject(authorities), lists } };
}

/** Authorities that no list is by, though there are lists: certificates of theirs could never be accepted. */
export function authoritiesWithoutList({ authorities, lists }: ClientTrust): number {
  if (lists === undefined) return 0;
  const listed = new Set(lists.map(({ issuer }) => issuer));
  return authorities.filter(({ subject }) => !listed.has(subject)).length;
}

function bySubject(authorities: readonly CertificateFacts[]): ReadonlyMap<string, readonly CertificateFacts[]> {
  const map = new Map<string, CertificateFacts[]>();
  for (const authority of authorities) {
    const same = map.get(authority.subject);
    if (same === undefined) map.set(authority.subject, [authority]);
    else same.push(authority);
  }
  return map;
}
