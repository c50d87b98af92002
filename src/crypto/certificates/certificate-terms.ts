/** Bit i set: bit i of the KeyUsage bit list (RFC 5280 §4.2.1.3). */
export type NamedBits = number;

export const KEY_USAGE = {
  digitalSignature: 1 << 0,
  keyCertSign: 1 << 5,
  crlSign: 1 << 6,
} as const;

/** Object identifiers as the hexadecimal of their DER contents. */
export const EXTENSION = {
  subjectKeyId: '551d0e',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  crlNumber: '551d14',
  reasonCode: '551d15',
  invalidityDate: '551d18',
  nameConstraints: '551d1e',
  certificatePolicies: '551d20',
  authorityKeyId: '551d23',
  extendedKeyUsage: '551d25',
} as const;

export const KEY_PURPOSE = {
  any: '551d2500',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
} as const;
