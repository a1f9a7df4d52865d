/** A switch among the options: on if it is there and does not say no. Some templates write `False`, others `0`. */
export function isOn(value: unknown): boolean {
  return !/^(?:false|0|no|off)$/i.test(`${value ?? false}`);
}
