/** What is told of one value that was accepted: its shape, and nothing it could be read from. */
export interface ObservedValue {
  /** Key path, see parameterPath. */
  readonly path: string;
  /** Every type the text is of, one bit each. */
  readonly types: number;
  readonly length: number;
  /** Classes of its characters, one bit each. */
  readonly alphabet: number;
  /** Keyed; 0 for a text that is too long to be one of a few. */
  readonly fingerprint: number;
  /** Numbers of the features that speak for some attack, though too weakly to matter. */
  readonly evidence: readonly number[];
}

/** One accepted call. */
export interface ObservedCall {
  readonly routeId: string;
  readonly method: string;
  /** Template of the route's path. */
  readonly template: string;
  /** Keyed fingerprint of the consumer; 0 where nobody was identified. */
  readonly consumer: number;
  /** Keyed fingerprint of the address, or of the network it stands for. */
  readonly address: number;
  readonly timeMs: number;
  readonly values: readonly ObservedValue[];
}

/** Turns a text into a number that nobody without the key can tell the text from. */
export type KeyedHash = (text: string) => number;

/** Longer texts are members of no small set. */
const MEMBER_UNITS_MAX = 64;

export function memberFingerprint(hash: KeyedHash, text: string): number {
  return text.length > MEMBER_UNITS_MAX ? 0 : hash(`member:${text}`) | 0;
}
