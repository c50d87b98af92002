/**
 * A client that signs its requests (RFC 9421): `scripts/node examples/clients/signed-request.ts --key FILE.pem --keyid ID
 * [--method POST] [--data TEXT] URL`. The key is Ed25519 (`openssl genpkey -algorithm ed25519`). Covers method, target, time
 * and, where there is a body, its digest (RFC 9530). Prints status and body.
 */
import { createHash, createPrivateKey, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readCommandLine } from '../command-line.ts';

const USAGE = `usage: scripts/node examples/clients/signed-request.ts --key FILE.pem --keyid ID [options] URL

  --key FILE.pem  private key, as openssl genpkey -algorithm ed25519 makes one
  --keyid ID      key of the configuration
  --method NAME   default GET
  --data TEXT     JSON body`;

const { key, keyid, method, data, url } = readCommandLine(USAGE, () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      keyid: { type: 'string' },
      method: { type: 'string', default: 'GET' },
      data: { type: 'string' },
    },
  });
  const [url] = positionals;
  const { key, keyid, method, data } = values;
  if (url === undefined || key === undefined || keyid === undefined)
    throw new TypeError('give --key, --keyid and the URL to call');
  return { key, keyid, method, data, url: new URL(url).href };
});

const headers: Record<string, string> = {};
const components: [string, string][] = [
  ['"@method"', method],
  ['"@target-uri"', url],
];
if (data !== undefined) {
  headers['content-type'] = 'application/json';
  headers['content-digest'] = `sha-256=:${createHash('sha256').update(data).digest('base64')}:`;
  components.push(['"content-digest"', headers['content-digest']]);
}
const names = components.map(([name]) => name).join(' ');
const parameters = `(${names});created=${Math.floor(Date.now() / 1000)};keyid="${keyid}";nonce="${randomUUID()}"`;
const base = [...components.map(([name, value]) => `${name}: ${value}`), `"@signature-params": ${parameters}`].join(
  '\n',
);
const signature = sign(null, Buffer.from(base), createPrivateKey(readFileSync(key)));
headers['signature-input'] = `sig1=${parameters}`;
headers['signature'] = `sig1=:${signature.toString('base64')}:`;

const response = await fetch(url, {
  method,
  headers,
  ...(data === undefined ? {} : { body: data }),
});
console.log(response.status);
console.log(await response.text());
