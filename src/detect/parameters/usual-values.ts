import type { Leaf } from '../leaf.ts';

/** What is known of the values of one parameter, as the scorer asks it. Valid until the next look-up. */
export interface UsualValues {
  /** Whether a text is not what this parameter holds. False where it is held to nothing. */
  isUnusual(text: string): boolean;
  /** Numbers of the features that are usual here. */
  readonly evidence: Int32Array;
  /** Classes of attack whose evidence is forgiven, one bit each. */
  readonly classes: number;
  /** What it is held to, for the reader of a verdict. */
  readonly expectation: string;
}

/** Finds what is known of the place a leaf stands at. */
export interface UsualValuesSource {
  find(leaf: Leaf): UsualValues | undefined;
}
