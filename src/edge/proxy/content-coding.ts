import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { type HeaderFields, headerCount, headerValue } from '../../core/call.ts';

/** How the content of a message is coded; `unknown`: by something that is not read, or by several codings. */
export type ContentCoding = 'identity' | 'gzip' | 'deflate' | 'br' | 'zstd' | 'unknown';

export function contentCoding(headers: HeaderFields): ContentCoding {
  const value = headerValue(headers, 'content-encoding')?.toLowerCase();
  if (value === undefined || value === '') return 'identity';
  if (headerCount(headers, 'content-encoding') > 1) return 'unknown';
  switch (value) {
    case 'identity':
    case 'gzip':
    case 'deflate':
    case 'br':
    case 'zstd':
      return value;
    case 'x-gzip':
      return 'gzip';
    default:
      return 'unknown';
  }
}

/** The content itself, or undefined where it cannot be decoded or is longer than `bytesMax`. */
export function decodeContent(bytes: Buffer, coding: ContentCoding, bytesMax: number): Buffer | undefined {
  const options = { maxOutputLength: Math.max(1, bytesMax) };
  try {
    switch (coding) {
      case 'identity':
        return bytes.length > bytesMax ? undefined : bytes;
      case 'gzip':
        return gunzipSync(bytes, options);
      case 'deflate':
        return inflateSync(bytes, options);
      case 'br':
        return brotliDecompressSync(bytes, options);
      case 'zstd':
        return zstdDecompressSync(bytes, options);
      case 'unknown':
        return undefined;
    }
  } catch {
    return undefined;
  }
}
