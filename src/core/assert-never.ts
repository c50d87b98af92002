/** Marks a branch the type system proves unreachable; reaching it is a programmer's fault. */
export function assertNever(value: never): never {
  throw new TypeError(`unreachable: ${JSON.stringify(value)}`);
}
