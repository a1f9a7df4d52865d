/** What the widget may weigh, in bytes after Brotli at its highest level. Code is code, whatever file it travels in. */
export const BUDGETS = {
  /** The script tag's file: a launcher that can be seen and used. */
  loader: 3_000,
  /** The loader and all that a conversation fetches: open, send, reply, retry, reload, long poll, another tab. */
  core: 18_000,
  /** Every line of code that an English visitor could ever fetch. */
  allEnglish: 25_000,
} as const;
