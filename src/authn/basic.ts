import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Call } from '../core/call.ts';
import type { BasicAuthenticatorConfig, BasicUser } from '../core/configuration.ts';
import type { Verdict } from '../core/verdict.ts';
import { type PasswordHash, parsePasswordHash, passwordWork, verifyPassword } from '../crypto/password-hash.ts';
import { WorkSlots } from '../crypto/work-slots.ts';
import { type BasicCredential, presentsBasic, readBasicCredential } from './basic-credential.ts';
import { ConfiguredIdentity } from './configured-identity.ts';
import type { ConsumerDirectory } from './consumer-of.ts';
import { FailureThrottle, GUESSING } from './failure-throttle.ts';
import { refusal, unavailable } from './verdicts.ts';

export interface BasicAuthenticatorOptions {
  /** Name in the configuration. */
  readonly name: string;
  readonly config: BasicAuthenticatorConfig;
  readonly consumers: ConsumerDirectory;
}

interface User {
  readonly hash: PasswordHash;
  readonly identity: ConfiguredIdentity;
}

/** How long a right password is taken without hashing it again. */
const REMEMBERED_MS = 60_000;
/** Full, the one that was proved first goes. */
const REMEMBERED_MAX = 1_024;
/** Per instance. A hash of the default cost takes 19 MiB while it runs. */
const HASHES = { running: 4, waiting: 32 } as const;
/** Guesses at one user from one address: slower than those of the address, which may be that of a whole office. */
const GUESSING_ONE_USER = { burst: 10, perSecond: 0.2 } as const;

/**
 * Identifies people and old clients by user name and password (RFC 7617). Costs one slow hash per user, password and
 * minute: what was right is remembered under a random key of this instance, what was wrong never is. A user that does not
 * exist costs as much as the most expensive one that does; where users' hashes differ in cost, the cheaper ones can still
 * be told by time. Too many failures of an address, or of a user from one address, are refused before anything is hashed;
 * what is being hashed at that moment is finished, at most 36 passwords.
 */
export class BasicAuthenticator {
  readonly name: string;
  readonly credentialHeaders: readonly string[] = ['authorization'];
  readonly challenge: string;
  readonly #users: ReadonlyMap<string, User>;
  readonly #nobody: PasswordHash;
  readonly #memoryKey = randomBytes(32);
  /** When each right pair was proved, Unix milliseconds, by its keyed digest. */
  readonly #rememberedAtMs = new Map<string, number>();
  readonly #verifying = new Map<string, Promise<boolean>>();
  readonly #slots = new WorkSlots(HASHES);
  readonly #failures = new FailureThrottle(GUESSING);
  readonly #failuresOfUser = new FailureThrottle(GUESSING_ONE_USER);

  constructor({ name, config, consumers }: BasicAuthenticatorOptions) {
    this.name = name;
    this.challenge = `Basic realm="${quoted(config.realm)}", charset="UTF-8"`;
    this.#users = new Map(
      Object.entries(config.users).map(([user, one]) => [
        user,
        {
          hash: hashOf(one),
          identity: new ConfiguredIdentity({
            authenticator: name,
            method: 'basic',
            credentialId: user,
            subject: user,
            consumer: one.consumer,
            scopes: one.scopes,
            consumers,
            disabled: CONSUMER_DISABLED,
          }),
        },
      ]),
    );
    this.#nobody = hashOfNobody([...this.#users.values()].map(({ hash }) => hash));
  }

  presents({ headers }: Call): boolean {
    return presentsBasic(headers);
  }

  /** A promise where a password has to be hashed. */
  authenticate(call: Call, nowMs: number): Verdict | Promise<Verdict> {
    const credential = readBasicCredential(call.headers);
    if ('kind' in credential) return credential;
    const user = this.#users.get(credential.user);
    const pair = this.#pairKey(credential);
    if (user !== undefined && this.#isRemembered(pair, nowMs)) return user.identity.admit();
    const { group } = call.address;
    const place = placeOf(group, credential.user);
    const retryAfterSeconds = Math.max(
      this.#failures.waitSeconds(group, nowMs),
      this.#failuresOfUser.waitSeconds(place, nowMs),
    );
    if (retryAfterSeconds > 0)
      return { kind: 'deny', reason: 'authn.throttled', retryAfterSeconds, signals: [{ name: 'basic.throttled' }] };
    const right = this.#verify(pair, user, credential.password);
    if (right === undefined) return BUSY;
    return right.then(
      (isRight) => {
        if (user !== undefined && isRight) {
          this.#remember(pair, nowMs);
          return user.identity.admit();
        }
        this.#failures.failed(group, nowMs);
        this.#failuresOfUser.failed(place, nowMs);
        return user === undefined ? UNKNOWN : WRONG;
      },
      () => BROKEN,
    );
  }

  /** Calls that come with the same pair while it is hashed wait for that one hash. Undefined where there is no room. */
  #verify(pair: string, user: User | undefined, password: string): Promise<boolean> | undefined {
    const known = this.#verifying.get(pair);
    if (known !== undefined) return known;
    const hash = user === undefined ? this.#nobody : user.hash;
    const started = this.#slots.run(() => verifyPassword(hash, password));
    if (started === undefined) return undefined;
    const verifying = started.finally(() => this.#verifying.delete(pair));
    this.#verifying.set(pair, verifying);
    return verifying;
  }

  /** Also false while the clock is before the proof. */
  #isRemembered(pair: string, nowMs: number): boolean {
    const atMs = this.#rememberedAtMs.get(pair);
    return atMs !== undefined && nowMs >= atMs && nowMs < atMs + REMEMBERED_MS;
  }

  #remember(pair: string, nowMs: number): void {
    // Put in anew, so that the order of the map is that of the proofs.
    this.#rememberedAtMs.delete(pair);
    if (this.#rememberedAtMs.size >= REMEMBERED_MAX)
      for (const oldest of this.#rememberedAtMs.keys()) {
        this.#rememberedAtMs.delete(oldest);
        break;
      }
    this.#rememberedAtMs.set(pair, nowMs);
  }

  /** A user name has no colon, so that no two pairs are one text. Without the key the digest tells nothing of the password. */
  #pairKey({ user, password }: BasicCredential): string {
    return createHmac('sha256', this.#memoryKey).update(`${user}:${password}`).digest('base64');
  }
}

/** Compiles the method once per configuration. Throws where a hash cannot be read, which loading has already refused. */
export function createBasicAuthenticator(options: BasicAuthenticatorOptions): BasicAuthenticator {
  return new BasicAuthenticator(options);
}

function hashOf({ passwordHash }: BasicUser): PasswordHash {
  const hash = parsePasswordHash(passwordHash);
  if (hash === undefined) throw new TypeError('a password hash cannot be checked');
  return hash;
}

/** A hash no password is known for, as expensive as the most expensive one. */
function hashOfNobody(hashes: readonly PasswordHash[]): PasswordHash {
  let dearest: PasswordHash | undefined;
  for (const hash of hashes)
    if (dearest === undefined || passwordWork(hash.cost) > passwordWork(dearest.cost)) dearest = hash;
  if (dearest === undefined) throw new TypeError('no users');
  return {
    cost: dearest.cost,
    salt: randomBytes(dearest.salt.length),
    digest: randomBytes(dearest.digest.length),
  };
}

/** Of one length whatever name was sent, so that the memory of failures has a bound. */
function placeOf(addressGroup: string, user: string): string {
  return `${addressGroup} ${createHash('sha256').update(user).digest('base64')}`;
}

/** quoted-string of RFC 9110 §5.6.4. */
function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

const UNKNOWN = refusal('authn.basic_unknown', 'basic.unknown_user', 'no user of this name');
const WRONG = refusal('authn.basic_wrong', 'basic.wrong_password', 'the password is wrong');
const CONSUMER_DISABLED = refusal('authn.basic_wrong', 'basic.consumer_disabled', 'the consumer is disabled');
const BUSY = unavailable('as many passwords as allowed are being checked');
const BROKEN = unavailable('a password could not be hashed');
