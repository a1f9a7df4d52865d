/** `widget.js`, or the hashed copy that a page pins by SRI; what stands before it is where all files are. */
const LOADER = /(?:assets\/widget-[\w-]+|widget)\.js(?:[?#].*)?$/;

/** Our own tag: not told by the document where the script is a module, or started by an optimiser. */
export function findScript(): HTMLScriptElement | undefined {
  const { currentScript } = document;
  if (currentScript instanceof HTMLScriptElement && LOADER.test(currentScript.src)) return currentScript;
  return [...document.querySelectorAll("script")].find((script) => LOADER.test(script.src));
}

/** The folder that the loader came from, with its slash. */
export function toFolder(scriptUrl: string): string {
  return scriptUrl.replace(LOADER, "");
}
