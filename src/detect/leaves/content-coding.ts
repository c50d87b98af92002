import { brotliDecompressSync, constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

/** Octets a body may become, and how many times its own size. Time and memory of a thread stand behind both. */
const INFLATED_BYTES_MAX = 1024 * 1024;
const RATIO_MAX = 100;
/** Small bodies of few letters compress better than any ratio that would be safe for large ones. */
const RATIO_FREE_BYTES = 64 * 1024;

export type Inflated =
  | { readonly kind: 'content'; readonly bytes: Uint8Array }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'expansion' };

/** Takes off one `Content-Encoding` (RFC 9110 §8.4). More than one, unknown ones and broken data are unsupported. */
export function inflate(bytes: Uint8Array, coding: string): Inflated {
  const name = coding.trim().toLowerCase();
  if (name === 'identity' || name === '') return { kind: 'content', bytes };
  const maxOutputLength = Math.min(INFLATED_BYTES_MAX, Math.max(RATIO_FREE_BYTES, bytes.length * RATIO_MAX));
  try {
    switch (name) {
      case 'gzip':
      case 'x-gzip':
        return { kind: 'content', bytes: gunzipSync(bytes, { maxOutputLength }) };
      case 'deflate':
        return { kind: 'content', bytes: inflateSync(bytes, { maxOutputLength }) };
      case 'br':
        return { kind: 'content', bytes: brotliDecompressSync(bytes, { maxOutputLength }) };
      case 'zstd':
        return {
          kind: 'content',
          bytes: zstdDecompressSync(bytes, { maxOutputLength, params: { [constants.ZSTD_d_windowLogMax]: 23 } }),
        };
      default:
        return { kind: 'unsupported' };
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    return { kind: code === 'ERR_BUFFER_TOO_LARGE' ? 'expansion' : 'unsupported' };
  }
}
