import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Peppers } from '../crypto/api-key-digest.ts';
import { type AssertionKey, generateAssertionKey } from '../crypto/assertion.ts';

const PEPPERS = 'peppers.json';
const PEPPER_BYTES = 32;

/** A secret the gateway cannot run without is missing or damaged; the message says what to do. */
export class SecretMissing extends Error {
  override readonly name = 'SecretMissing';
}

/**
 * Reads the peppers of a data folder, making the first one where there are no keys yet. Where keys exist, a missing file is
 * an error: a new pepper would make every key unknown without a word.
 */
export function openPeppers(folder: string, keysExist: boolean): Peppers {
  const file = join(folder, PEPPERS);
  if (!existsSync(file)) {
    if (keysExist)
      throw new SecretMissing(
        `${file} is missing, but the store holds API keys whose digests need it. Put the file back from a backup; ` +
          'without it every key must be created anew: then remove the keys with the store, and start again.',
      );
    createSecret(
      file,
      `${JSON.stringify({ current: 1, peppers: { 1: randomBytes(PEPPER_BYTES).toString('base64') } })}\n`,
    );
  }
  return readPeppers(file);
}

function readPeppers(file: string): Peppers {
  const damaged = new SecretMissing(
    `${file} is damaged. Put it back from a backup; it must not be made anew while keys exist.`,
  );
  const value = parsed(readFileSync(file, 'utf8'));
  if (typeof value !== 'object' || value === null || !('current' in value) || !('peppers' in value)) throw damaged;
  const { current, peppers } = value;
  if (typeof current !== 'number' || typeof peppers !== 'object' || peppers === null) throw damaged;
  const byVersion: Record<number, Uint8Array> = {};
  for (const [version, text] of Object.entries(peppers)) {
    const pepper = Buffer.from(String(text), 'base64');
    if (pepper.length !== PEPPER_BYTES || !/^[1-9][0-9]{0,5}$/.test(version)) throw damaged;
    // A plain array of its own, not a view of a shared pool: it is posted to threads.
    byVersion[Number(version)] = Uint8Array.from(pepper);
  }
  if (byVersion[current] === undefined) throw damaged;
  return { current, byVersion };
}

/**
 * The key that what the authorization server keeps is sealed under, 32 bytes: `given` as base64 by the environment, else of
 * the data folder, made where there is none. Where something is sealed already, a missing file is an error: a new key
 * could open nothing of it.
 */
export function openSealingKey(folder: string, given: string | undefined, inUse: boolean): Uint8Array {
  if (given !== undefined) {
    const key = Buffer.from(given, 'base64');
    if (key.length !== SEALING_KEY_BYTES)
      throw new SecretMissing(
        `SALLYPORT_SEALING_KEY is not ${SEALING_KEY_BYTES} bytes as base64: openssl rand -base64 32`,
      );
    return Uint8Array.from(key);
  }
  const file = join(folder, 'sealing-key');
  if (inUse && !existsSync(file))
    throw new SecretMissing(
      `${file} is missing, but the signing keys of the issuer are sealed under it. Put the file back from a backup, or set ` +
        'SALLYPORT_SEALING_KEY. Without it everybody has to sign in again under new keys: then run ' +
        'sallyport signing-keys reset, and start again.',
    );
  try {
    return readOrCreateSecret(folder, 'sealing-key', SEALING_KEY_BYTES);
  } catch (error) {
    if (!inUse || !(error instanceof SecretMissing)) throw error;
    throw new SecretMissing(
      `${file} is damaged. Put it back from a backup, or set SALLYPORT_SEALING_KEY; it must not be made anew while signing ` +
        'keys are sealed under it. Without it everybody has to sign in again under new keys: then run sallyport ' +
        'signing-keys reset, delete the file, and start again.',
    );
  }
}

const SEALING_KEY_BYTES = 32;

/** The admin token of a data folder, made where there is none; `created` says that it has to be shown. */
export function readOrCreateAdminToken(folder: string): { readonly token: string; readonly created: boolean } {
  const file = join(folder, 'admin-token');
  const fresh = `spadm_${randomBytes(32).toString('base64url')}`;
  if (!existsSync(file)) createSecret(file, `${fresh}\n`);
  const token = readFileSync(file, 'utf8').trim();
  if (token.length < 32)
    throw new SecretMissing(`${file} holds no token. Delete it, and a new one is made at the next start.`);
  return { token, created: token === fresh };
}

/** The token applications ask for decisions with, made where there is none. */
export function readOrCreateDecisionToken(folder: string): string {
  const file = join(folder, 'decision-token');
  if (!existsSync(file)) createSecret(file, `spdec_${randomBytes(32).toString('base64url')}\n`);
  const token = readFileSync(file, 'utf8').trim();
  if (token.length < 32)
    throw new SecretMissing(`${file} holds no token. Delete it, and a new one is made at the next start.`);
  return token;
}

/** A small secret of so many bytes, made where there is none. */
export function readOrCreateSecret(folder: string, name: string, bytes: number): Uint8Array {
  const file = join(folder, name);
  if (!existsSync(file)) createSecret(file, `${randomBytes(bytes).toString('base64')}\n`);
  const secret = Buffer.from(readFileSync(file, 'utf8'), 'base64');
  if (secret.length !== bytes)
    throw new SecretMissing(`${file} is damaged. Delete it, and a new one is made at the next start.`);
  return Uint8Array.from(secret);
}

/** The key the gateway signs its assertions with, made where there is none. */
export function readOrCreateAssertionKey(folder: string): AssertionKey {
  const file = join(folder, 'assertion-key.json');
  if (!existsSync(file)) createSecret(file, `${JSON.stringify(generateAssertionKey())}\n`);
  const value = parsed(readFileSync(file, 'utf8'));
  if (
    typeof value === 'object' &&
    value !== null &&
    'keyId' in value &&
    'privateKeyPem' in value &&
    typeof value.keyId === 'string' &&
    typeof value.privateKeyPem === 'string'
  )
    return { keyId: value.keyId, privateKeyPem: value.privateKeyPem };
  throw new SecretMissing(`${file} is damaged. Delete it, and a new key is made at the next start.`);
}

/** Undefined where the text is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Makes a file that is not there. Written aside, forced to the disk and linked under its name, so that a crash leaves none or
 * the whole one, and of two processes that start at once both use the first one's secret.
 */
function createSecret(file: string, text: string): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}.new`;
  rmSync(aside, { force: true });
  const descriptor = openSync(aside, 'wx', 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    linkSync(aside, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(aside);
  }
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
