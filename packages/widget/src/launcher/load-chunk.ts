const PAUSE_MS = 1000;

/**
 * Imports a file by its absolute URL: a relative `import()` in a classic script of another origin fails in Chromium.
 * Twice more after a failure, each time under another URL, since engines remember failures; the pause is jittered, so
 * that the visitors of a page do not come back together. In the end the stable file of the same name is taken: a page
 * that was kept in a cache may ask for a hash that a newer release no longer has.
 */
export async function loadChunk(hashed: string, stable: string): Promise<unknown> {
  for (const again of ["", "?2", "?3"]) {
    try {
      return await import(/* @vite-ignore */ hashed + again);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * Math.random()));
    }
  }
  return import(/* @vite-ignore */ stable);
}
