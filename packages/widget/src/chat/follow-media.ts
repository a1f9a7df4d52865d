/** Tells whether a media query holds, now and after each change. */
export function followMedia(query: string, signal: AbortSignal, follow: (matches: boolean) => void): void {
  const media = matchMedia(query);
  const changed = () => follow(media.matches);
  media.addEventListener("change", changed, { signal });
  changed();
}
