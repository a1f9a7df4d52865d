/** `widget.js`, or the hashed copy that a page pins by SRI. */
export const LOADER = /\/(assets\/widget-[\w-]+|widget)\.js\b.*/;

/** Our own tag; undefined where there is none. The document does not name it where the script is a module, or was started by an optimiser. */
export function findScript(): HTMLScriptElement | undefined {
  // An SVG's script has no `src` and is not found.
  const scripts = [document.currentScript, ...document.scripts] as HTMLScriptElement[];
  return scripts.find((script) => LOADER.test(script?.src));
}
