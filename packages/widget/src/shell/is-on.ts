/** A switch among the options: `true`, or an attribute that is there and does not say "false". */
export function isOn(value: unknown): boolean {
  return `${value ?? false}` !== "false";
}
