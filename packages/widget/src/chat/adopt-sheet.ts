const adopted = new WeakMap<ShadowRoot, Set<string>>();

/** Adds a part's style sheet to a widget, once. Allowed under every policy, where a `<style>` element is not. */
export function adoptSheet(shadow: ShadowRoot, css: string): void {
  const known = adopted.get(shadow) ?? new Set();
  if (known.has(css)) return;
  adopted.set(shadow, known.add(css));
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
}
