/** A function call as text, which every driver can evaluate. The function may only use its arguments. */
export function toExpression(action: (...args: never[]) => unknown, args: readonly unknown[]): string {
  return `(${action})(${args.map((arg) => JSON.stringify(arg)).join()})`;
}
