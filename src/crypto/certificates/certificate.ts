import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { EXTENSION, KEY_PURPOSE, type NamedBits } from './certificate-terms.ts';
import {
  booleanOf,
  contextTag,
  countOf,
  DerFault,
  DerReader,
  hex,
  integerOf,
  namedBitsOf,
  octetsOfBits,
  oidOf,
  onlyElement,
  TAG,
  timeOf,
} from './der.ts';
import { type GeneralName, readGeneralNames } from './general-names.ts';
import { type NameConstraints, readNameConstraints } from './name-constraints.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature-algorithm.ts';

/** Larger certificates are refused unread. */
export const CERTIFICATE_BYTES_MAX = 16_384;
const EXTENSIONS_MAX = 64;

/** What one certificate says of itself (RFC 5280 §4). Nothing here is verified. */
export interface CertificateFacts {
  readonly der: Uint8Array;
  /** What the signature is made over. */
  readonly signed: Uint8Array;
  /** Undefined: weak or not known, so that no signature by it counts. */
  readonly algorithm: SignatureAlgorithm | undefined;
  readonly signature: Uint8Array;
  /** Hexadecimal. */
  readonly serial: string;
  /** Names as the hexadecimal of their DER: names are the same where their encoding is. */
  readonly issuer: string;
  readonly subject: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: KeyObject;
  /** base64url SHA-256 of the SubjectPublicKeyInfo. */
  readonly publicKeyPin: string;
  readonly isAuthority: boolean;
  /** Most intermediate authorities that may follow; Infinity where nothing is said. */
  readonly pathLengthMax: number;
  /** Undefined: no key usage is given. */
  readonly keyUsage: NamedBits | undefined;
  readonly keyUsageIsCritical: boolean;
  /** Object identifiers in hexadecimal; undefined: no extended key usage is given. */
  readonly purposes: readonly string[] | undefined;
  readonly alternativeNames: readonly GeneralName[];
  readonly nameConstraints: NameConstraints | undefined;
  /** Hexadecimal, or empty. */
  readonly subjectKeyId: string;
  readonly authorityKeyId: string;
  /** True: it is bound by a critical extension that is not understood here. */
  readonly hasUnknownCritical: boolean;
}

export type CertificateReading =
  | { readonly kind: 'certificate'; readonly certificate: CertificateFacts }
  | { readonly kind: 'malformed'; readonly detail: string };

/** Reads one DER certificate strictly; `detail` never repeats what stands in it. Does not check signature, dates or names. */
export function readCertificate(der: Uint8Array): CertificateReading {
  if (der.length > CERTIFICATE_BYTES_MAX) return { kind: 'malformed', detail: 'a certificate is too large' };
  try {
    return { kind: 'certificate', certificate: read(der) };
  } catch (error) {
    // Keys are decoded by OpenSSL, which throws errors of its own.
    const detail = error instanceof DerFault ? error.message : 'a certificate holds no usable key';
    return { kind: 'malformed', detail };
  }
}

/** Whether a purpose is named in the extended key usage; `anyExtendedKeyUsage` names none. */
export function hasPurpose({ purposes }: CertificateFacts, purpose: keyof typeof KEY_PURPOSE): boolean {
  return purposes?.includes(KEY_PURPOSE[purpose]) === true;
}

function read(der: Uint8Array): CertificateFacts {
  const outer = new DerReader(onlyElement(der, TAG.sequence).contents);
  const tbs = outer.take(TAG.sequence);
  const identifier = outer.take(TAG.sequence).whole;
  const signature = octetsOfBits(outer.take(TAG.bitString));
  outer.finish();

  const body = new DerReader(tbs.contents);
  const version = body.maybe(contextTag(0, true));
  // Only version 3 has extensions, and without them nothing says what a key is for.
  if (version === undefined || countOf(onlyElement(version.contents, TAG.integer)) !== 2)
    throw new DerFault('a certificate is not of version 3');
  const serial = integerOf(body.take(TAG.integer));
  if (hex(body.take(TAG.sequence).whole) !== hex(identifier)) throw new DerFault('the two signature algorithms differ');
  const issuer = hex(body.take(TAG.sequence).whole);
  const validity = body.enter(TAG.sequence);
  const notBeforeMs = timeOf(validity.next());
  const notAfterMs = timeOf(validity.next());
  validity.finish();
  const subject = hex(body.take(TAG.sequence).whole);
  const spki = body.take(TAG.sequence).whole;
  body.maybe(contextTag(1, false));
  body.maybe(contextTag(2, false));
  const extensions = readExtensions(body.maybe(contextTag(3, true))?.contents);
  body.finish();
  return {
    der,
    signed: tbs.whole,
    algorithm: signatureAlgorithm(identifier),
    signature,
    serial,
    issuer,
    subject,
    notBeforeMs,
    notAfterMs,
    publicKey: createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }),
    publicKeyPin: createHash('sha256').update(spki).digest('base64url'),
    ...extensions,
  };
}

type Extensions = Pick<
  CertificateFacts,
  | 'isAuthority'
  | 'pathLengthMax'
  | 'keyUsage'
  | 'keyUsageIsCritical'
  | 'purposes'
  | 'alternativeNames'
  | 'nameConstraints'
  | 'subjectKeyId'
  | 'authorityKeyId'
  | 'hasUnknownCritical'
>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function readExtensions(contents: Uint8Array | undefined): Extensions {
  const found: Mutable<Extensions> = {
    isAuthority: false,
    pathLengthMax: Number.POSITIVE_INFINITY,
    keyUsage: undefined,
    keyUsageIsCritical: false,
    purposes: undefined,
    alternativeNames: [],
    nameConstraints: undefined,
    subjectKeyId: '',
    authorityKeyId: '',
    hasUnknownCritical: false,
  };
  if (contents === undefined) return found;
  const seen = new Set<string>();
  const list = new DerReader(onlyElement(contents, TAG.sequence).contents);
  while (!list.atEnd) {
    const extension = list.enter(TAG.sequence);
    const oid = oidOf(extension.take(TAG.oid));
    const flag = extension.maybe(TAG.boolean);
    const critical = flag !== undefined && booleanOf(flag);
    const value = extension.take(TAG.octetString).contents;
    extension.finish();
    // RFC 5280 §4.2: one instance each. Of two, one reader takes the first and another the last.
    if (seen.has(oid)) throw new DerFault('an extension is repeated');
    if (seen.size >= EXTENSIONS_MAX) throw new DerFault('there are too many extensions');
    seen.add(oid);
    if (!readExtension(oid, value, critical, found) && critical) found.hasUnknownCritical = true;
  }
  return found;
}

/** False where the extension is not known here. */
function readExtension(oid: string, value: Uint8Array, critical: boolean, found: Mutable<Extensions>): boolean {
  switch (oid) {
    case EXTENSION.basicConstraints: {
      const fields = new DerReader(onlyElement(value, TAG.sequence).contents);
      const isAuthority = fields.maybe(TAG.boolean);
      const length = fields.maybe(TAG.integer);
      fields.finish();
      found.isAuthority = isAuthority !== undefined && booleanOf(isAuthority);
      if (length !== undefined) found.pathLengthMax = countOf(length);
      return true;
    }
    case EXTENSION.keyUsage:
      found.keyUsage = namedBitsOf(onlyElement(value, TAG.bitString));
      found.keyUsageIsCritical = critical;
      return true;
    case EXTENSION.extendedKeyUsage: {
      const list = new DerReader(onlyElement(value, TAG.sequence).contents);
      const purposes: string[] = [];
      while (!list.atEnd) purposes.push(oidOf(list.take(TAG.oid)));
      found.purposes = purposes;
      return true;
    }
    case EXTENSION.subjectAltName:
      found.alternativeNames = readGeneralNames(onlyElement(value, TAG.sequence).contents);
      return true;
    case EXTENSION.nameConstraints:
      found.nameConstraints = readNameConstraints(onlyElement(value, TAG.sequence).contents);
      return true;
    case EXTENSION.subjectKeyId:
      found.subjectKeyId = hex(onlyElement(value, TAG.octetString).contents);
      return true;
    case EXTENSION.authorityKeyId:
      found.authorityKeyId = readAuthorityKeyId(value);
      return true;
    // Policies narrow what a certificate is meant for; no policy is asked for here, so that every one will do.
    case EXTENSION.certificatePolicies:
      return true;
    default:
      return false;
  }
}

/** The key id of AuthorityKeyIdentifier (RFC 5280 §4.2.1.1) in hexadecimal, or empty. */
export function readAuthorityKeyId(value: Uint8Array): string {
  const keyId = new DerReader(onlyElement(value, TAG.sequence).contents).maybe(contextTag(0, false));
  return keyId === undefined ? '' : hex(keyId.contents);
}
