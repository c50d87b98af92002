import { type Call, headerValue } from '../core/call.ts';

/**
 * The origin the client asked for: its scheme is that of the connection, or what a trusted proxy says of the one before it;
 * the host is the canonical one. What clients claim of the scheme is not looked at.
 */
export function clientOrigin(call: Pick<Call, 'scheme' | 'host' | 'headers' | 'fromTrustedProxy'>): string {
  const stated = call.fromTrustedProxy ? headerValue(call.headers, 'x-forwarded-proto') : undefined;
  return `${stated === 'https' || stated === 'http' ? stated : call.scheme}://${call.host}`;
}
