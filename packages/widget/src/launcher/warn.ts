/** Tells the site's owner of a value that is not used. A console that was replaced by one that throws stops nothing. */
export function warn(option: string, value: unknown): void {
  queueMicrotask(() => console.warn(`Mailoo Chat: the option "${option}" cannot be used:`, value));
}
