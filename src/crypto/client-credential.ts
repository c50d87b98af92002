/** First part of every client secret, by which scanners know it. */
export const CLIENT_SECRET_PREFIX = 'spcs_';
const ID_BYTES = 12;
const SECRET_BYTES = 32;

/** A new OAuth client id and its secret. Planted ones come from here too: nobody can tell them apart. */
export function newClientId(random: (bytes: number) => Uint8Array): string {
  return Buffer.from(random(ID_BYTES)).toString('base64url').replaceAll('-', '0').replaceAll('_', '1');
}

export function newClientSecret(random: (bytes: number) => Uint8Array): string {
  return CLIENT_SECRET_PREFIX + Buffer.from(random(SECRET_BYTES)).toString('base64url');
}
