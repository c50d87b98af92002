/**
 * A client that signs its requests with a shared secret (scheme sallyport-hmac): `scripts/node examples/clients/hmac-request.ts
 * --secret FILE --client ID [--method POST] [--data TEXT] URL`. The file has the secret in base64 (`openssl rand -base64 32`).
 * Covers method, path, query, host, time and body. Prints status and body.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { canonicalRequest, HMAC_SCHEME } from '../../src/authn/hmac-canonical.ts';
import { readCommandLine } from '../command-line.ts';

const USAGE = `usage: scripts/node examples/clients/hmac-request.ts --secret FILE --client ID [options] URL

  --secret FILE  secret in base64, as openssl rand -base64 32 makes one
  --client ID    client of the configuration
  --method NAME  default GET
  --data TEXT    JSON body`;

const { secretFile, client, method, data, url } = readCommandLine(USAGE, () => {
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
  const { secret: secretFile, client, method, data } = values;
  if (address === undefined || secretFile === undefined || client === undefined)
    throw new TypeError('give --secret, --client and the URL to call');
  return { secretFile, client, method, data, url: new URL(address) };
});
const headers: Record<string, string> = {};
const fields: [name: string, value: string][] = [];
if (data !== undefined) {
  headers['content-type'] = 'application/json';
  fields.push(['content-type', headers['content-type']]);
}
fields.push(['host', url.host]);
const timestamp = String(Math.floor(Date.now() / 1000));
const nonce = randomBytes(16).toString('base64url');
const text = canonicalRequest({
  clientId: client,
  method,
  path: url.pathname,
  query: url.search.slice(1),
  fields,
  bodySha256: createHash('sha256')
    .update(data ?? '')
    .digest('hex'),
  timestamp,
  nonce,
});
const secret = Buffer.from(readFileSync(secretFile, 'utf8').trim(), 'base64');
const signature = createHmac('sha256', secret).update(text).digest('hex');
const names = fields.map(([name]) => name).join(';');
headers['authorization'] =
  `${HMAC_SCHEME} Credential=${client},SignedHeaders=${names},Timestamp=${timestamp},Nonce=${nonce},Signature=${signature}`;

const response = await fetch(url, {
  method,
  headers,
  ...(data === undefined ? {} : { body: data }),
});
console.log(response.status);
console.log(await response.text());
