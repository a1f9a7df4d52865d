/** Ends a switch over a union: the compiler rejects a case that was forgotten. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${String(value)}`);
}
