/**
 * A client that signs its requests with a shared secret (scheme sallyport-hmac): `scripts/node examples/clients/hmac-request.ts
 * --secret FILE --client ID [--method POST] [--data TEXT] URL`. The file has the secret in base64 (`openssl rand -base64 32`).
 * Covers method, path, query, host, time and body. Prints status and body.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { canonicalRequest, HMAC_SCHEME } from '../../src/authn/hmac-canonical.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    secret: { type: 'string' },
    client: { type: 'string' },
    method: { type: 'string', default: 'GET' },
    data: { type: 'string' },
  },
});
const [address] = positionals;
if (address === undefined || values.secret === undefined || values.client === undefined)
  throw new TypeError('give --secret, --client and the URL to call');

const url = new URL(address);
const headers: Record<string, string> = {};
const fields: [name: string, value: string][] = [];
if (values.data !== undefined) {
  headers['content-type'] = 'application/json';
  fields.push(['content-type', headers['content-type']]);
}
fields.push(['host', url.host]);
const timestamp = String(Math.floor(Date.now() / 1000));
const nonce = randomBytes(16).toString('base64url');
const text = canonicalRequest({
  clientId: values.client,
  method: values.method,
  path: url.pathname,
  query: url.search.slice(1),
  fields,
  bodySha256: createHash('sha256')
    .update(values.data ?? '')
    .digest('hex'),
  timestamp,
  nonce,
});
const secret = Buffer.from(readFileSync(values.secret, 'utf8').trim(), 'base64');
const signature = createHmac('sha256', secret).update(text).digest('hex');
const names = fields.map(([name]) => name).join(';');
headers['authorization'] =
  `${HMAC_SCHEME} Credential=${values.client},SignedHeaders=${names},Timestamp=${timestamp},Nonce=${nonce},Signature=${signature}`;

const response = await fetch(url, {
  method: values.method,
  headers,
  ...(values.data === undefined ? {} : { body: values.data }),
});
console.log(response.status);
console.log(await response.text());
