import type { HeaderFields } from '../core/call.ts';

/** Whether a body is said to be in a coding (RFC 9110 §8.4), so that its bytes are not its content. */
export function isCoded(headers: HeaderFields): boolean {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === 'content-encoding' && headers[i + 1]?.trim().toLowerCase() !== 'identity') return true;
  return false;
}
