/** At most `count` in each window of `seconds`. */
export interface RateLimit {
  readonly count: number;
  readonly seconds: number;
}

/** Parses `600/60`; null: `0`, off; undefined: not valid. */
export function parseRateLimit(text: string): RateLimit | null | undefined {
  if (/^0+(\/\d{1,9})?$/.test(text)) return null;
  const match = /^(\d{1,9})\/(\d{1,6})$/.exec(text);
  const count = Number(match?.[1]);
  const seconds = Number(match?.[2]);
  return count > 0 && seconds > 0 ? { count, seconds } : undefined;
}

/** Parses a number such as `300`; null: `0`, off; undefined: not valid. */
export function parseCap(text: string): number | null | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  return Number(text) || null;
}
