import { expect, type House, test } from "./chat-test.ts";

// Code is loaded only from the site's chat server, regardless of other scripts on the page.

/** Ways to run the script beside another vendor's. `SRC` is its address, `CODE` its content. */
const PAGES: Readonly<Record<string, string>> = {
  "by its tag": `VENDOR<script src="SRC" data-locale="de"></script>`,
  "as a module": `VENDOR<script type="module" src="SRC" data-locale="de"></script>`,
  "by an optimiser that hides the running script": `<script>
    Object.defineProperty(document, "currentScript", { value: null });
  </script>VENDOR<script src="SRC" data-locale="de"></script>`,
  "after an image named currentScript": `<img name="currentScript" src="data:,">VENDOR<script src="SRC" data-locale="de"></script>`,
  "by an optimiser that fetches and evaluates it": `VENDOR<script type="text/plain" src="SRC" data-bff="BFF" data-locale="de"></script>
    <script>fetch("SRC").then((answer) => answer.text()).then((code) => (0, eval)(code))</script>`,
  "inside a bundle, with the server named in the settings": `VENDOR<script>
    window.mailooChatSettings = { bff: "BFF", locale: "de" };
  </script><script>CODE</script>`,
  "from a copy on the site, with the server named in the tag": `VENDOR<script src="/copy/widget.js" data-bff="BFF" data-locale="de"></script>`,
};

for (const [way, html] of Object.entries(PAGES)) {
  test(`another vendor's widget.js is not mistaken for the widget's script, which runs ${way}`, async ({
    page,
    house,
  }) => {
    const code = await (await fetch(`${house.bff.url}/widget.js`)).text();
    const vendorUrl = serveVendor(house);
    serveScript(house, "/copy/widget.js", code);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    const replace = { VENDOR: `<script src="${vendorUrl}"></script>`, SRC: `${house.bff.url}/widget.js` };
    const body = Object.entries({ ...replace, BFF: house.bff.url, CODE: code }).reduce(
      (text, [name, value]) => text.replaceAll(name, () => value),
      html,
    );
    await page.goto(
      house.site.serve("/two-vendors", {
        html: `<!doctype html><html><head><meta charset="utf-8"></head><body>${body}</body></html>`,
      }),
    );
    await page.getByRole("button", { name: "Chat öffnen" }).click();
    await expect(page.getByRole("dialog").getByText(house.welcomeMessage)).toBeVisible();

    expect(requests.filter((url) => url.startsWith(new URL(vendorUrl).origin))).toEqual([vendorUrl]);
    const files = requests.filter((url) => /\/(?:assets|v1)\//.test(url));
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((url) => !url.startsWith(house.bff.url))).toEqual([]);
  });
}

/** Another vendor's script on another origin. */
function serveVendor(house: House): string {
  serveScript(house, "/vendor/widget.js", "window.vendor = true;");
  return `http://127.0.0.1:${house.site.port}/vendor/widget.js`;
}

function serveScript({ site }: House, path: string, code: string): void {
  site.serve(path, { html: code, headers: { "content-type": "text/javascript; charset=utf-8" } });
}
