/** A call of a function as text, which every driver can evaluate. The function may use its arguments, and nothing else. */
export function toExpression(action: (...args: never[]) => unknown, args: readonly unknown[]): string {
  return `(${action})(${args.map((arg) => JSON.stringify(arg)).join()})`;
}
