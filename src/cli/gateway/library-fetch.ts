import type { Fetch } from '../../ports.ts';

const TIMEOUT_MS = 2_500;
const BYTES_MAX = 256 * 1024;

/** The gateway's guarded requests in the form of the web platform, for libraries: public addresses only, bounded, GET. */
export function libraryFetch(send: Fetch): typeof globalThis.fetch {
  return async (url, options) => {
    if ((options?.method ?? 'GET') !== 'GET') throw new TypeError('only GET is sent');
    const headers = Object.fromEntries(new Headers(options?.headers).entries());
    const {
      status,
      headers: fields,
      body,
    } = await send({
      method: 'GET',
      url: url instanceof Request ? url.url : String(url),
      headers,
      body: undefined,
      timeoutMs: TIMEOUT_MS,
      bytesMax: BYTES_MAX,
      allowPrivateAddresses: false,
    });
    return new Response(Uint8Array.from(body), { status, headers: fields });
  };
}
