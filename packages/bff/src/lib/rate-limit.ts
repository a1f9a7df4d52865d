/** At most `count` in each window of `seconds`. */
export interface RateLimit {
  readonly count: number;
  readonly seconds: number;
}

/** Reads `600/60`; `0` is off (null). Undefined where the text is neither. */
export function parseRateLimit(text: string): RateLimit | null | undefined {
  if (/^0+(\/\d{1,9})?$/.test(text)) return null;
  const match = /^(\d{1,9})\/(\d{1,6})$/.exec(text);
  const count = Number(match?.[1]);
  const seconds = Number(match?.[2]);
  return count > 0 && seconds > 0 ? { count, seconds } : undefined;
}

/** Reads a plain cap such as `300`; `0` is off (null). Undefined where the text is none. */
export function parseCap(text: string): number | null | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  return Number(text) || null;
}
