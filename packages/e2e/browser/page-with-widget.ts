import type { TestPage } from "../src/servers/start-test-site.ts";

export interface WidgetPageOptions {
  /** Further attributes of the script tag, such as `data-locale="de"`. */
  readonly attributes?: string;
  readonly head?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly htmlAttributes?: string;
}

/** A page as a site owner would write it, with one script tag. */
export function toPageWithWidget(bffUrl: string, options: WidgetPageOptions = {}): TestPage {
  const { attributes = "", head = "", headers = {}, htmlAttributes = 'lang="en"' } = options;
  return {
    html: `<!doctype html>
<html ${htmlAttributes}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A shop</title>${head}</head>
<body>
<main><h1>A shop</h1><p>Things to buy.</p><button type="button">Buy</button></main>
<script async src="${bffUrl}/widget.js" ${attributes}></script>
</body></html>`,
    headers,
  };
}
