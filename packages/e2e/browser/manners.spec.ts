import { expect, test } from "./chat-test.ts";
import { theSessionOf } from "./the-session-of.ts";

// The widget on pages that were not written with it in mind.

const GERMAN = 'data-locale="de"';

/** Every way to embed the script; `SRC` is replaced by its address. */
const PLACEMENTS: Readonly<Record<string, string>> = {
  "blocking, in the head": `<html><head><script src="SRC" ${GERMAN}></script></head><body><main>Page</main></body></html>`,
  "async, in the head": `<html><head><script async src="SRC" ${GERMAN}></script></head><body><main>Page</main></body></html>`,
  "deferred, in the body": `<html><body><script defer src="SRC" ${GERMAN}></script><main>Page</main></body></html>`,
  "as a module, without document.currentScript": `<html><body><main>Page</main><script type="module" src="SRC" ${GERMAN}></script></body></html>`,
  "injected before the body exists": `<html><head><script>
    const script = document.createElement("script");
    script.src = "SRC";
    script.dataset.locale = "de";
    document.documentElement.append(script);
  </script></head><body><main>Page</main></body></html>`,
  "by an optimiser that hides document.currentScript": `<html><head><script>
    Object.defineProperty(document, "currentScript", { value: null });
  </script><script src="SRC" ${GERMAN}></script></head><body><main>Page</main></body></html>`,
  twice: `<html><body><main>Page</main><script async src="SRC" ${GERMAN}></script><script src="SRC" ${GERMAN}></script></body></html>`,
};

for (const [placement, html] of Object.entries(PLACEMENTS)) {
  test(`the script renders one launcher, as configured, after the body: ${placement}`, async ({
    page,
    house,
  }) => {
    await page.goto(
      house.site.serve("/placed", {
        html: `<!doctype html>${html.replaceAll("SRC", `${house.bff.url}/widget.js`)}`,
      }),
    );
    await expect(page.getByRole("button", { name: "Chat öffnen" })).toBeVisible();
    await expect(page.locator("mailoo-chat-widget")).toHaveCount(1);
    await expect(page.locator("body ~ mailoo-chat-widget")).toHaveCount(1);
  });
}

test("calls queued before the script has loaded run in order, and destroy leaves nothing behind", async ({
  page,
  house,
}) => {
  await page.goto(
    house.site.serve("/queue", {
      html: `<!doctype html><html><head><script>
        window.MailooChat=window.MailooChat||function(){(MailooChat.q=MailooChat.q||[]).push(arguments)};
        window.received = [];
        addEventListener("mailoo-chat:open", () => received.push("window"));
        MailooChat("on", "ready", () => received.push("ready"));
        MailooChat("on", "open", () => { received.push("open"); throw new Error("the page's own"); });
        MailooChat("on", "open", () => received.push("open again"));
        MailooChat("nothing of that name");
        MailooChat("open");
      </script></head><body><p>Page</p><script async src="${house.bff.url}/widget.js"></script></body></html>`,
    }),
  );
  await expect(page.getByRole("dialog", { name: "Chat" })).toBeVisible();
  expect(await page.evaluate("received")).toEqual(["ready", "open", "open again", "window"]);
  expect(await page.evaluate("MailooChat.state")).toMatchObject({ open: true, visible: true, unread: 0 });

  await page.evaluate("MailooChat.destroy(), MailooChat.destroy(), MailooChat('open')");
  await expect(page.locator("mailoo-chat-widget")).toHaveCount(0);
  expect(await page.evaluate("document.documentElement.lastElementChild.localName")).toBe("body");
});

test("two scripts for two servers create two widgets, and the global controls the first", async ({
  page,
  house,
}) => {
  const script = `<script src="${house.bff.url}/widget.js"`;
  await page.goto(
    house.site.serve("/two", {
      html: `<!doctype html><html><body>${script}></script>${script} data-bff="${house.bff.url}/elsewhere" data-position="left" data-locale="de"></script></body></html>`,
    }),
  );
  await page.getByRole("button", { name: "Chat öffnen" }).waitFor();
  await page.evaluate("MailooChat.open()");
  await expect(page.getByRole("button", { name: "Close chat" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Chat öffnen" })).toBeVisible();
});

test("two widgets on one page hold separate conversations, and one can be destroyed", async ({
  page,
  house,
  visitorLeg,
}) => {
  await page.goto(
    house.site.serve("/two-sites", {
      html: `<!doctype html><html lang="en"><body>
        <script src="${house.bff.url}/widget.js" data-title="Sales"></script>
        <script src="${visitorLeg.network.url}/widget.js" data-title="Support" data-position="left"></script>
      </body></html>`,
    }),
  );
  const launchers = page.getByRole("button", { name: "Open chat" });
  await expect(launchers).toHaveCount(2);
  for (const title of ["Sales", "Support"]) {
    // The open widget's launcher is named "Close chat", so this finds the other one.
    await launchers.first().click();
    const panel = page.getByRole("dialog", { name: title });
    await panel.getByRole("textbox").fill(`To ${title}`);
    await panel.getByRole("textbox").press("Enter");
    await expect(panel.locator("[data-author=visitor]")).toHaveAttribute("data-state", "sent");
  }
  const [sales, support] = await Promise.all([
    theSessionOf(house.sandbox, "To Sales"),
    theSessionOf(house.sandbox, "To Support"),
  ]);
  expect(sales).not.toBe(support);
  await page.evaluate("MailooChat.destroy()");
  await expect(page.locator("mailoo-chat-widget")).toHaveCount(1);
  house.sandbox.reply(support, "From support");
  const left = page.getByRole("dialog", { name: "Support" });
  await expect(left.getByText("From support")).toBeVisible();
  await expect(left.locator("[data-author]:not([data-author=system])")).toHaveCount(2);
});

test("options set a page's own button, a path without chat and a greeting", async ({ page, house }) => {
  const widget = (attributes: string) => ({
    html: `<!doctype html><html lang="en"><body><button id="help">Help</button><script async src="${house.bff.url}/widget.js" ${attributes}></script></body></html>`,
  });
  await page.goto(house.site.serve("/own-launcher", widget('data-launcher="#help"')));
  await page.waitForLoadState("networkidle");
  await expect(page.getByRole("button", { name: "Open chat" })).toHaveCount(0);
  await page.getByRole("button", { name: "Help" }).click();
  await expect(page.getByRole("dialog", { name: "Chat" })).toBeVisible();

  await page.goto(house.site.serve("/checkout/pay", widget('data-hide-on="/login, /checkout*"')));
  await expect(page.locator("mailoo-chat-widget")).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Open chat" })).toBeHidden();

  await page.goto(
    house.site.serve("/greeted", widget('data-teaser="Can we help?" data-teaser-delay-ms="0"')),
  );
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(page.getByText("Can we help?")).toHaveCount(0);

  // A visitor who has dismissed a greeting sees none on the next page either.
  await page.reload();
  await page.getByRole("button", { name: "Open chat" }).hover();
  // The badge is rendered by the core, which is requested after the greeting.
  await page.locator("[part~=launcher] > *").waitFor({ state: "attached" });
  await expect(page.getByText("Can we help?")).toHaveCount(0);
});

for (const [address, url] of [
  ["with an address", "https://example.com/privacy"],
  ["with an empty address", ""],
  ["with a script for an address", "javascript:alert(1)"],
  ["without an address", undefined],
] as const) {
  test(`the panel shows the consent text ${address}`, async ({ chat, house }) => {
    await chat.page.route("**/config", async (route) => {
      const response = await route.fetch();
      const consent = { text: "We keep what you write.", url };
      await route.fulfill({ response, json: { ...(await response.json()), consent } });
    });
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await expect(chat.panel.getByText("We keep what you write.")).toBeVisible();
    const link = chat.panel.getByRole("link", { name: "We keep what you write." });
    await expect(link).toHaveCount(url?.startsWith("https") ? 1 : 0);
    await expect(chat.composer).toBeVisible();
  });
}
