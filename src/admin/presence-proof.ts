import { createHmac, timingSafeEqual } from 'node:crypto';
import { addressText, parseAddress } from '../http/ip-address.ts';

/** Field a caller of `/livez` sends what it made up in, and the field of the answer. */
export const CHALLENGE_FIELD = 'sallyport-challenge';
export const PROOF_FIELD = 'sallyport-proof';

const CHALLENGE = /^[A-Za-z0-9_-]{22,86}$/;

/** Where somebody was asked: the address and port of that connection itself, whatever name or number led to it. */
export interface AskedAt {
  readonly address: string;
  readonly port: number;
}

/**
 * Proves to who has the admin token that the one who answers at an address has it too, without telling it: HMAC-SHA-256 over
 * address, port and what the caller made up. They are in it so that nobody passes the question on to a gateway that listens
 * elsewhere. Undefined where the challenge is none, or the address.
 */
export function presenceProof(token: string, { address, port }: AskedAt, challenge: string): string | undefined {
  // The two ends of a connection may spell one address differently: IPv4 within IPv6, a zone.
  const parsed = parseAddress(address);
  if (parsed === undefined || !CHALLENGE.test(challenge)) return undefined;
  const asked = `sallyport presence ${addressText(parsed)} ${port} ${challenge}`;
  return createHmac('sha256', token).update(asked).digest('base64url');
}

/** Compares in time that does not depend on where they differ. */
export function isPresenceProof(given: string, token: string, at: AskedAt, challenge: string): boolean {
  const expected = Buffer.from(presenceProof(token, at, challenge) ?? '');
  const bytes = Buffer.from(given);
  return expected.length > 0 && bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
