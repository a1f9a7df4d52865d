import type { TestPage } from "../src/servers/start-test-site.ts";

const NONCE = "cmFuZG9tIGZvciBub2JvZHk";

/** A page that allows only the widget's script, by a nonce, and calls to its BFF. It records errors. */
export function toStrictPage(bffUrl: string, htmlAttributes = 'lang="en"', attributes = ""): TestPage {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${NONCE}'`,
    // Some engines report their own request for the page's icon.
    "img-src 'self'",
    `connect-src ${bffUrl} ${bffUrl.replace("http", "ws")}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    "report-uri /reports",
  ];
  return {
    html: `<!doctype html>
<html ${htmlAttributes}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A shop</title>
<script nonce="${NONCE}">
  window.problems = [];
  addEventListener("error", (event) => problems.push(event.message));
  addEventListener("unhandledrejection", (event) => problems.push(String(event.reason)));
  addEventListener("securitypolicyviolation", (event) => problems.push(event.violatedDirective));
</script>
</head>
<body><main><h1>A shop</h1></main>
<script nonce="${NONCE}" async src="${bffUrl}/widget.js" ${attributes}></script>
</body></html>`,
    headers: { "content-security-policy": policy.join("; ") },
  };
}
