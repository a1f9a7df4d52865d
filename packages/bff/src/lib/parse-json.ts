/** Returns undefined if the text is not JSON. Does not throw, because the error's message would quote the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
