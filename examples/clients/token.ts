/**
 * A stand-in for an issuer, to try the gateway with: `scripts/node examples/clients/token.ts [--folder DIR]
 * [--audience A] [--scope "a b"] [--subject S] [--minutes N] [--jkt THUMBPRINT]`. Keeps a signing key in the folder, writes
 * its public half to `jwks.json` there, and prints a JWT access token (RFC 9068). For trying out: a real issuer keeps its
 * key to itself.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { readCommandLine } from '../command-line.ts';

export const ISSUER = 'https://id.example.com';

export interface TokenOptions {
  readonly folder: string;
  readonly audience?: string;
  readonly scope?: string;
  readonly subject?: string;
  readonly minutes?: number;
  /** Thumbprint of the key the token is bound to (RFC 9449 §6.1). */
  readonly jkt?: string;
}

/** Makes an access token for the client `demo`. */
export async function makeToken(options: TokenOptions): Promise<string> {
  const key = await signingKey(options.folder);
  return new SignJWT({
    client_id: 'demo',
    scope: options.scope ?? 'orders:read',
    ...(options.jkt === undefined ? {} : { cnf: { jkt: options.jkt } }),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'demo-1' })
    .setIssuer(ISSUER)
    .setAudience(options.audience ?? 'https://api.example.com')
    .setSubject(options.subject ?? 'demo')
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${options.minutes ?? 10} minutes`)
    .sign(await importJWK(key, 'ES256'));
}

/** The key of the folder, made where there is none. */
async function signingKey(folder: string): Promise<JWK> {
  const file = join(folder, 'signing-key.json');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const named = { kid: 'demo-1', alg: 'ES256', use: 'sig' };
    writeFileSync(file, JSON.stringify({ ...(await exportJWK(privateKey)), ...named }), { mode: 0o600 });
    writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), ...named }] }));
  }
  return JSON.parse(readFileSync(file, 'utf8')) as JWK;
}

const USAGE = `usage: scripts/node examples/clients/token.ts [options]

  --folder DIR      folder of the signing key and of jwks.json; default demo-issuer
  --audience A      default https://api.example.com
  --scope "a b"     default orders:read
  --subject S       default demo
  --minutes N       how long the token holds; default 10
  --jkt THUMBPRINT  of the key the token is bound to`;

if (import.meta.main) {
  const { values } = readCommandLine(USAGE, () =>
    parseArgs({
      options: {
        folder: { type: 'string', default: 'demo-issuer' },
        audience: { type: 'string' },
        scope: { type: 'string' },
        subject: { type: 'string' },
        minutes: { type: 'string' },
        jkt: { type: 'string' },
      },
    }),
  );
  const { minutes, ...rest } = values;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  console.log(
    await makeToken({
      ...(given as { folder: string }),
      ...(minutes === undefined ? {} : { minutes: Number(minutes) }),
    }),
  );
}
