import type { ApiKeyRecord } from '../core/credential.ts';
import type { Peppers } from '../crypto/api-key-digest.ts';
import { AnswerSeal } from '../crypto/sealed-answer.ts';
import type { KeyStore, Random, SealedAnswer } from '../ports.ts';
import type { Rotated } from './api-keys.ts';
import { type KeyRefusal, type KeyResult, refused } from './key-result.ts';

/** How long an answer can be had again: long enough for a client that lost it to notice. */
export const ANSWER_SECONDS = 600;
export const IDEMPOTENCY_KEY_PROBLEM = 'an idempotency key is 20 to 255 visible characters, made at random';

/** Why a key cannot be rotated now, or undefined. */
export function rotationProblem(
  { keyId, successorId, status, expiresAtMs }: ApiKeyRecord,
  nowMs: number,
): KeyRefusal | undefined {
  if (successorId !== '') return alreadyRotated(keyId, successorId);
  if (status !== 'active') return refused('revoked', `key ${keyId} is ${status}: create a new one`);
  if (expiresAtMs !== 0 && expiresAtMs <= nowMs) return refused('revoked', `key ${keyId} is expired: create a new one`);
  return undefined;
}

/** The answers of rotations that were asked for with an idempotency key: sealed under it and the pepper, for minutes. */
export class RotationAnswers {
  readonly #store: KeyStore;
  readonly #peppers: Peppers;
  readonly #random: Random;

  constructor(store: KeyStore, peppers: Peppers, random: Random) {
    this.#store = store;
    this.#peppers = peppers;
    this.#random = random;
  }

  sealOf(keyId: string, idempotencyKey: string | undefined): AnswerSeal | 'invalid' | undefined {
    if (idempotencyKey === undefined) return undefined;
    const pepper = this.#peppers.byVersion[this.#peppers.current];
    if (pepper === undefined) throw new TypeError('the current pepper is missing');
    return isIdempotencyKey(idempotencyKey) ? new AnswerSeal(pepper, idempotencyKey, `rotate ${keyId}`) : 'invalid';
  }

  sealed(seal: AnswerSeal | undefined, key: string, graceSeconds: number, nowMs: number): SealedAnswer | undefined {
    if (seal === undefined) return undefined;
    const text = JSON.stringify({ key, graceSeconds });
    return {
      id: seal.id,
      sealed: seal.seal(text, (count) => this.#random.bytes(count)),
      expiresAtMs: nowMs + ANSWER_SECONDS * 1_000,
    };
  }

  /** The answer as it was given, where the same asker asks for the same again and the successor is still good. */
  async repeated(
    seal: AnswerSeal | undefined,
    predecessor: ApiKeyRecord,
    graceSeconds: number,
    nowMs: number,
  ): Promise<KeyResult<Rotated> | undefined> {
    if (seal === undefined || predecessor.successorId === '') return undefined;
    await this.#store.pruneAnswers(nowMs);
    const answer = await this.#store.findAnswer(seal.id, nowMs);
    const text = answer === undefined ? undefined : seal.open(answer.sealed);
    if (text === undefined) return undefined;
    const given = JSON.parse(text) as { readonly key: string; readonly graceSeconds: number };
    if (given.graceSeconds !== graceSeconds)
      return refused('invalid', 'this idempotency key was used for a rotation with another grace');
    const record = await this.#store.find(predecessor.successorId);
    if (record === undefined || record.status !== 'active' || record.successorId !== '') return undefined;
    return { ok: true, key: given.key, record, predecessor, repeated: true };
  }
}

function alreadyRotated(keyId: string, successorId: string): KeyRefusal {
  return {
    ...refused('already_rotated', `key ${keyId} was rotated already: ${successorId} replaces it`),
    successorId,
  };
}

function isIdempotencyKey(text: string): boolean {
  return /^[\x21-\x7e]{20,255}$/.test(text);
}
