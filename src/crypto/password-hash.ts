import { argon2, type BinaryLike, scrypt, timingSafeEqual } from 'node:crypto';

/** What verifying one password costs. Both kinds name their memory first, because memory is what an attacker pays for. */
export type PasswordCost =
  | {
      readonly kind: 'argon2id';
      /** KiB of memory. */
      readonly memoryKiB: number;
      readonly passes: number;
      readonly lanes: number;
    }
  | {
      readonly kind: 'scrypt';
      /** Binary logarithm of N. */
      readonly logN: number;
      readonly blockSize: number;
      readonly parallelism: number;
    };

/** A hash of a password, strong enough to be kept and cheap enough to be checked. */
export interface PasswordHash {
  readonly cost: PasswordCost;
  readonly salt: Uint8Array;
  readonly digest: Uint8Array;
}

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes and one lane. */
const ARGON2_DEFAULT: PasswordCost = Object.freeze({ kind: 'argon2id', memoryKiB: 19_456, passes: 2, lanes: 1 });
/** The same source for scrypt: N = 2^17, r = 8, p = 1, which is 128 MiB. */
const SCRYPT_DEFAULT: PasswordCost = Object.freeze({ kind: 'scrypt', logN: 17, blockSize: 8, parallelism: 1 });

const TEXT_CHARACTERS_MAX = 512;
const MEMORY_KIB_MAX = 256 * 1024;
const PASSES_MAX = 10;
const LANES_MAX = 16;
const LOG_N_MIN = 15;
const LOG_N_MAX = 20;
const SALT_BYTES_MIN = 8;
const SALT_BYTES_MAX = 64;
const DIGEST_BYTES_MIN = 16;
const DIGEST_BYTES_MAX = 64;
const DIGEST_BYTES = 32;
const NEW_SALT_BYTES_MIN = 16;

/**
 * Reads a hash in the PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$salt$digest` or `$scrypt$ln=17,r=8,p=1$salt$digest`,
 * base64 without padding. Undefined where it is anything else, where it costs too little (less than argon2id with 19 MiB and
 * two passes, or with 12 MiB and three, as OWASP asks; less than scrypt with N = 2^15 and r = 8), or more than one call may
 * cost: 256 MiB, 10 passes, 16 lanes.
 */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  if (text.length > TEXT_CHARACTERS_MAX) return undefined;
  const parts = text.split('$');
  if (parts[0] !== '') return undefined;
  if (parts[1] === 'argon2id' && parts.length === 6 && parts[2] === 'v=19')
    return assembled(argon2Cost(parts[3] ?? ''), parts[4] ?? '', parts[5] ?? '');
  if (parts[1] === 'scrypt' && parts.length === 5)
    return assembled(scryptCost(parts[2] ?? ''), parts[3] ?? '', parts[4] ?? '');
  return undefined;
}

/**
 * Whether a password is the one the hash was made of. Takes the memory and the time the hash says, off the main thread;
 * rejects where that memory is not to be had. Does not bound how many run at once.
 */
export async function verifyPassword({ cost, salt, digest }: PasswordHash, password: string): Promise<boolean> {
  return timingSafeEqual(await derive(cost, salt, password, digest.length), digest);
}

/**
 * Makes the hash of a new password under the current recommendation, as a PHC string: argon2id, or scrypt where this
 * Node.js has no argon2. `saltBytes`: 16 random bytes or more, never used before. Throws a RangeError where there are fewer.
 */
export async function hashPassword(password: string, saltBytes: Uint8Array): Promise<string> {
  if (saltBytes.length < NEW_SALT_BYTES_MIN || saltBytes.length > SALT_BYTES_MAX)
    throw new RangeError(`the salt must be ${NEW_SALT_BYTES_MIN} to ${SALT_BYTES_MAX} bytes`);
  const cost = hasArgon2() ? ARGON2_DEFAULT : SCRYPT_DEFAULT;
  return passwordHashText({ cost, salt: saltBytes, digest: await derive(cost, saltBytes, password, DIGEST_BYTES) });
}

/** The PHC string of a hash; `parsePasswordHash` reads it back. */
export function passwordHashText({ cost, salt, digest }: PasswordHash): string {
  const head =
    cost.kind === 'argon2id'
      ? `$argon2id$v=19$m=${cost.memoryKiB},t=${cost.passes},p=${cost.lanes}`
      : `$scrypt$ln=${cost.logN},r=${cost.blockSize},p=${cost.parallelism}`;
  return `${head}$${unpadded(salt)}$${unpadded(digest)}`;
}

/** Work of one check in KiB written, by which hashes of either kind can be put in order. */
export function passwordWork(cost: PasswordCost): number {
  return cost.kind === 'argon2id'
    ? cost.memoryKiB * cost.passes
    : // Every block is written once and read once.
      2 * scryptMemoryKiB(cost) * cost.parallelism;
}

/** Absent before Node.js 24.7 and where OpenSSL has none. */
function hasArgon2(): boolean {
  return typeof argon2 === 'function';
}

function derive(cost: PasswordCost, salt: BinaryLike, password: string, bytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, derived: Uint8Array): void => {
      if (error === null) resolve(derived);
      else reject(error);
    };
    if (cost.kind === 'scrypt') {
      const { logN, blockSize, parallelism } = cost;
      // OpenSSL counts a little more than the 128·N·r bytes of the specification.
      const maxmem = 128 * blockSize * (2 ** logN + parallelism + 64);
      scrypt(password, salt, bytes, { N: 2 ** logN, r: blockSize, p: parallelism, maxmem }, done);
      return;
    }
    const { memoryKiB, passes, lanes } = cost;
    argon2(
      'argon2id',
      { message: password, nonce: salt, parallelism: lanes, tagLength: bytes, memory: memoryKiB, passes },
      done,
    );
  });
}

function argon2Cost(text: string): PasswordCost | undefined {
  if (!hasArgon2()) return undefined;
  const numbers = readNumbers(text, ['m', 't', 'p']);
  if (numbers === undefined) return undefined;
  const [memoryKiB = 0, passes = 0, lanes = 0] = numbers;
  if (memoryKiB > MEMORY_KIB_MAX || passes > PASSES_MAX || lanes < 1 || lanes > LANES_MAX) return undefined;
  const isStrong = (memoryKiB >= 19_456 && passes >= 2) || (memoryKiB >= 12_288 && passes >= 3);
  return isStrong ? { kind: 'argon2id', memoryKiB, passes, lanes } : undefined;
}

function scryptCost(text: string): PasswordCost | undefined {
  const numbers = readNumbers(text, ['ln', 'r', 'p']);
  if (numbers === undefined) return undefined;
  const [logN = 0, blockSize = 0, parallelism = 0] = numbers;
  if (
    logN < LOG_N_MIN ||
    logN > LOG_N_MAX ||
    blockSize < 8 ||
    blockSize > 16 ||
    parallelism < 1 ||
    parallelism > LANES_MAX
  )
    return undefined;
  const cost: PasswordCost = { kind: 'scrypt', logN, blockSize, parallelism };
  return scryptMemoryKiB(cost) <= MEMORY_KIB_MAX ? cost : undefined;
}

function scryptMemoryKiB({ logN, blockSize }: { readonly logN: number; readonly blockSize: number }): number {
  return (2 ** logN * blockSize) / 8;
}

/** `a=1,b=2` with exactly these names in this order, or undefined. */
function readNumbers(text: string, names: readonly string[]): readonly number[] | undefined {
  const pairs = text.split(',');
  if (pairs.length !== names.length) return undefined;
  const numbers: number[] = [];
  for (const [index, name] of names.entries()) {
    const pair = pairs[index] ?? '';
    const digits = pair.slice(name.length + 1);
    const number = Number(digits);
    // One writing per number: no sign, no leading zero, no exponent.
    if (pair !== `${name}=${digits}` || !Number.isSafeInteger(number) || String(number) !== digits) return undefined;
    numbers.push(number);
  }
  return numbers;
}

function assembled(cost: PasswordCost | undefined, saltText: string, digestText: string): PasswordHash | undefined {
  const salt = readUnpadded(saltText, SALT_BYTES_MIN, SALT_BYTES_MAX);
  const digest = readUnpadded(digestText, DIGEST_BYTES_MIN, DIGEST_BYTES_MAX);
  return cost === undefined || salt === undefined || digest === undefined ? undefined : { cost, salt, digest };
}

function readUnpadded(text: string, bytesMin: number, bytesMax: number): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < bytesMin || bytes.length > bytesMax || unpadded(bytes) !== text) return undefined;
  return bytes;
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '');
}
