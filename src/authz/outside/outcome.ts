/** What asking somebody outside said of one condition. `note`: for the record of the call, whatever came of it. */
export type OutsideOutcome =
  | { readonly kind: 'holds'; readonly note: string }
  | { readonly kind: 'fails'; readonly note: string }
  /** It cannot be evaluated for this call. */
  | { readonly kind: 'unknown'; readonly problem: string; readonly note: string }
  /** Whoever knows did not say. */
  | { readonly kind: 'unavailable'; readonly problem: string; readonly note: string };

/** How long it took, for a note. */
export function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
