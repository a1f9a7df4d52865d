/**
 * The tag that this code comes from. A tag that only has a file of the same name is never taken for it, since code is
 * loaded from where the tag says.
 *
 * `document.currentScript` names it; for a module, and where an optimiser hides it, the address in a stack trace does.
 * An optimiser that runs the code from a file of its own leaves the mark `data-bff` on the original tag.
 */
export function findScript(): HTMLScriptElement | undefined {
  // In every engine a line of a stack ends with `address:line:column`.
  const stack = `${new Error().stack}`;
  // An `<img name="currentScript">` is found under that name as well, and an SVG's script has no `src`.
  const candidates = [
    document.currentScript,
    [...document.scripts].find((script) => script.src && stack.includes(`${script.src}:`)),
    document.querySelector("script[data-bff]"),
  ] as HTMLScriptElement[];
  return (
    candidates.find((script) => script?.dataset.bff || toFolder(script?.src)) ?? candidates.find(Boolean)
  );
}

/** Set by the build: this file is served as `v1/widget.js`. */
declare const __IS_VERSIONED__: boolean;

/** `widget.js`, or the hashed copy that a page pins by SRI; or `v1/widget.js`. */
const SCRIPT = __IS_VERSIONED__
  ? /^([^?#]*?\/)v1\/widget\.js(?![^?#])/
  : /^([^?#]*?\/)(?:assets\/widget-[\w-]+|widget)\.js(?![^?#])/;

/** The folder that the script's address stands for; undefined for any other file. */
export function toFolder(src = ""): string | undefined {
  return SCRIPT.exec(src)?.[1];
}
