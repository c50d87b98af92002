/** Marks a branch the type system proves unreachable; reaching it is a programmer's fault. */
export function assertNever(value: never): never {
  throw new TypeError(`unreachable: ${JSON.stringify(value)}`);
}

/** Takes what taking apart leaves over. Whoever adds a field and does not say what becomes of it there, does not compile. */
export function assertNothingLeft(_rest: Readonly<Record<string, never>>): void {}
