import type { Leaf } from '../leaf.ts';

const NAMES = /(?:^|[._[-])redirect_?uris?(?:\[\d*\])?$/i;
const LOOPBACK = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?:\/[\w-]{0,64}){0,4}$/;

/**
 * Whether a value is the address at which a program on the user's own machine awaits the answer of an authorization server (RFC 8252 §7.3), under
 * the name it has there: a server sends browsers to it and fetches nothing.
 */
export function isNativeRedirect({ isKey, text, path }: Leaf): boolean {
  return !isKey && text.startsWith('http') && LOOPBACK.test(text) && NAMES.test(path);
}
