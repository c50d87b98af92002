import {
  hashPassword,
  type PasswordHash,
  parsePasswordHash,
  passwordWork,
  verifyPassword,
} from '../crypto/password-hash.ts';
import { WorkSlots } from '../crypto/work-slots.ts';
import type { Random } from '../ports.ts';
import { isPasswordSized, normalisedPassword } from './password-rules.ts';

/** A hash of the default cost takes 19 MiB while it runs. */
const HASHES = { running: 2, waiting: 32 } as const;
const SALT_BYTES = 16;

/** Hashing that is bounded, off this thread, and costs the same whoever is asked about. */
export interface PasswordWork {
  /** A PHC string, or undefined where there is no room. */
  hash(password: string): Promise<string | undefined>;
  /**
   * Whether the password is that of the hash; `''` and what cannot be read stand for nobody's, and cost as much as a real
   * one. Undefined where there is no room.
   */
  verify(passwordHash: string, password: string): Promise<boolean | undefined>;
  /** Hashes computed so far, right or wrong. */
  readonly computed: number;
}

export function createPasswordWork(random: Random): PasswordWork {
  const slots = new WorkSlots(HASHES);
  let nobody: Promise<PasswordHash> | undefined;
  let computed = 0;
  const made = async (password: string): Promise<string> => {
    computed++;
    return hashPassword(normalisedPassword(password), random.bytes(SALT_BYTES));
  };
  /** Of random bytes that are kept nowhere: no password is right. */
  const hashOfNobody = async (): Promise<PasswordHash> => {
    const hash = parsePasswordHash(
      await hashPassword(Buffer.from(random.bytes(32)).toString('base64'), random.bytes(SALT_BYTES)),
    );
    if (hash === undefined) throw new TypeError('a hash that was just made cannot be read');
    return hash;
  };
  return {
    hash: async (password) => slots.run(() => made(password)),
    verify: async (passwordHash, password) => {
      // Made before the slot is taken, once, so that the first unknown user does not take twice as long.
      nobody ??= hashOfNobody();
      const dummy = await nobody;
      const known = isPasswordSized(password) ? parsePasswordHash(passwordHash) : undefined;
      const hash = known ?? dummy;
      return slots.run(async () => {
        computed++;
        const isRight = await verifyPassword(hash, isPasswordSized(password) ? normalisedPassword(password) : '');
        // A hash of an older, cheaper kind is made up for, or its owner could be told by time.
        if (passwordWork(hash.cost) < passwordWork(dummy.cost) / 2) await verifyPassword(dummy, '');
        return isRight && known !== undefined;
      });
    },
    get computed() {
      return computed;
    },
  };
}
