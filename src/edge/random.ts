import { randomBytes } from 'node:crypto';
import type { Random } from '../ports.ts';

/** The operating system's random bytes. */
export const systemRandom: Random = { bytes: (count) => randomBytes(count) };
