/**
 * A client with a key of its own (RFC 9449): `scripts/node examples/clients/dpop.ts [--folder DIR] [--method GET] URL`. Gets
 * a token that is bound to its key from the stand-in issuer in `token.ts`, proves for every request that it holds the key,
 * and answers when the gateway asks for a nonce. Prints status and body.
 */
import { createHash, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { readCommandLine } from '../command-line.ts';
import { makeToken } from './token.ts';

const USAGE = `usage: scripts/node examples/clients/dpop.ts [options] URL

  --folder DIR   folder of the signing key of the stand-in issuer; default demo-issuer
  --method NAME  default GET`;

const { values, url } = readCommandLine(USAGE, () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { folder: { type: 'string', default: 'demo-issuer' }, method: { type: 'string', default: 'GET' } },
  });
  const [url] = positionals;
  if (url === undefined) throw new TypeError('name the URL to call');
  return { values, url };
});

const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk = await exportJWK(publicKey);
const token = await makeToken({ folder: values.folder, jkt: await calculateJwkThumbprint(jwk) });

let response = await call(undefined);
const nonce = response.headers.get('dpop-nonce');
if (response.status === 401 && nonce !== null) response = await call(nonce);
console.log(response.status);
console.log(await response.text());

async function call(nonce: string | undefined): Promise<Response> {
  return fetch(url, {
    method: values.method,
    headers: { authorization: `DPoP ${token}`, dpop: await proof(nonce) },
  });
}

/** Good for one request: method, address without query, time, id, and the token it goes with. */
function proof(nonce: string | undefined): Promise<string> {
  const { origin, pathname } = new URL(url);
  return new SignJWT({
    jti: randomUUID(),
    htm: values.method,
    htu: origin + pathname,
    ath: createHash('sha256').update(token).digest('base64url'),
    ...(nonce === undefined ? {} : { nonce }),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
    .setIssuedAt()
    .sign(privateKey);
}
