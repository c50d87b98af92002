import { createHmac } from 'node:crypto';

const STEP_MS = 60_000;
/** Steps in which a nonce is accepted, the one it was made in included: 4 to 5 minutes. */
const STEPS_ACCEPTED = 5;
/** From this age on the answer brings a new nonce, so that a client that keeps calling never runs out. */
const STEPS_BEFORE_RENEWAL = 2;
const NONCE_CHARACTERS = 22;

/**
 * Nonces for DPoP proofs (RFC 9449 §8, §9) without memory: 128 bits of HMAC-SHA-256 over the minute. Every thread that
 * has the secret makes and knows the same ones. The secret has to be made anew with the process: then a nonce that is
 * accepted proves that its proof was made after the start.
 */
export class DpopNonces {
  readonly #secret: Uint8Array;
  #step = Number.NaN;
  /** By age in steps. */
  #nonces: readonly string[] = [];

  /** Throws a RangeError where the secret has fewer than 32 bytes. */
  constructor(secret: Uint8Array) {
    if (secret.length < 32) throw new RangeError('the secret of nonces must have 32 bytes');
    this.#secret = secret;
  }

  /** The nonce to hand out now. */
  current(nowMs: number): string {
    this.#advance(nowMs);
    return this.#nonces[0] ?? '';
  }

  /** `fresh` and `ageing` nonces are accepted; with an ageing one the answer brings a new one. */
  judge(nonce: string, nowMs: number): 'fresh' | 'ageing' | 'wrong' {
    this.#advance(nowMs);
    // Compared as it is: a nonce is no secret, whoever asks is given one.
    const age = this.#nonces.indexOf(nonce);
    if (age < 0) return 'wrong';
    return age < STEPS_BEFORE_RENEWAL ? 'fresh' : 'ageing';
  }

  #advance(nowMs: number): void {
    const step = Math.floor(nowMs / STEP_MS);
    if (step === this.#step) return;
    this.#nonces = Array.from({ length: STEPS_ACCEPTED }, (_, age) => this.#nonceOf(step - age));
    this.#step = step;
  }

  #nonceOf(step: number): string {
    const mac = createHmac('sha256', this.#secret).update(`dpop-nonce:${step}`).digest('base64url');
    return mac.slice(0, NONCE_CHARACTERS);
  }
}
