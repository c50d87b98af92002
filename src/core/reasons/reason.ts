/** Why a call is refused, as it is told. */
export interface Reason {
  readonly status: number;
  readonly title: string;
  /** For the operator: what happened and what to do; becomes docs/reasons.md. */
  readonly explanation: string;
  /** Code the caller is shown where telling the real one would help an attacker. */
  readonly publicCode?: string;
}

export function reason(status: number, title: string, explanation: string, shown?: string): Reason {
  return shown === undefined ? { status, title, explanation } : { status, title, explanation, publicCode: shown };
}
