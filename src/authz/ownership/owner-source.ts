/** What a source of owners says of one object. */
export type OwnerAnswer =
  | { readonly kind: 'owned'; readonly owners: readonly string[] }
  /** There is no such object. */
  | { readonly kind: 'absent' };

export type OwnerAnswered =
  | { readonly kind: 'answered'; readonly value: OwnerAnswer; readonly isYes: boolean }
  | { readonly kind: 'failed'; readonly detail: string; readonly isDown: boolean };

/** Where owners are found out; never rejects. The object is one that `isObjectName`. */
export type OwnerSource = (object: string) => Promise<OwnerAnswered>;

const NO_OBJECT: OwnerAnswer = Object.freeze({ kind: 'absent' });
export const ABSENT: OwnerAnswered = Object.freeze({ kind: 'answered', value: NO_OBJECT, isYes: false });

export function owned(owners: readonly string[]): OwnerAnswered {
  return { kind: 'answered', value: { kind: 'owned', owners }, isYes: true };
}

export function failed(detail: string, isDown: boolean): OwnerAnswered {
  return { kind: 'failed', detail, isDown };
}
