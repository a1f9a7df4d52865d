import AxeBuilder from "@axe-core/playwright";
import { startSandbox } from "@mailoo-chat/sandbox";
import { expect, type FrameLocator, type Page, test } from "@playwright/test";
import getPort from "get-port";
import { bundleScript } from "../src/bundle-react-page.ts";
import { startBff } from "../src/servers/start-bff.ts";
import { startTestSite } from "../src/servers/start-test-site.ts";

// Includes starting servers and bundling packages.
test.describe.configure({ timeout: 90_000 });
test.use({ permissions: ["clipboard-read", "clipboard-write"] });

const TITLE = `Mud & "Tide" </script> {x} <b>'s \\ &quot;`;

test("the copied snippet, pasted into a page, renders the widget of the preview", async ({
  page,
  context,
}) => {
  await using stage = await startStage();
  await openConfigurator(page, stage.url);
  const preview = page.frameLocator("iframe");

  await page.getByLabel("Title", { exact: true }).fill(TITLE);
  await page.getByLabel("Subtitle").fill("Answers & tea");
  await page.getByRole("combobox", { name: "Language" }).selectOption("de");
  await page.getByLabel("Suggestions").fill(`Wo ist "mein" Paket?\n\n  Tee & <i>Kaffee</i>?  `);
  await page.getByLabel("Colour, as CSS").fill("rebeccapurple");
  await page.getByLabel("Header").fill("#123456");
  await page.getByRole("radio", { name: "Dark" }).check();
  await page.getByRole("radio", { name: "Left" }).check();
  await page.getByLabel("Corner radius").fill("6");
  await page.getByRole("checkbox", { name: "Open with the page" }).check();
  const panel = preview.getByRole("dialog", { name: TITLE });
  await expect(panel.getByRole("button", { name: "Tee & <i>Kaffee</i>?" })).toBeVisible();
  await expect
    .poll(() => faceOf(preview))
    .toMatchObject({
      title: TITLE,
      side: "left",
      radius: "6px",
      header: "rgb(18, 52, 86)",
      accent: "rebeccapurple",
      suggestions: [`Wo ist "mein" Paket?`, "Tee & <i>Kaffee</i>?"],
    });
  const shown = await faceOf(preview);

  const tag = await copy(page, "Script tag");
  await expectFace(context, stage.site.serve("/tag", { html: toHtml(tag) }), shown);

  for (const kind of ["npm", "React"]) {
    await page.getByRole("radio", { name: kind, exact: true }).check();
    const code = await copy(page, kind);
    const css = await copy(page, "Style sheet");
    const mount = kind === "npm" ? "" : MOUNT;
    const script = stage.site.serve(`/${kind}.js`, {
      html: await bundleScript(code + mount),
      headers: { "content-type": "text/javascript; charset=utf-8" },
    });
    const html = toHtml(`<style>${css}</style><script src="${script}"></script>`);
    await expectFace(context, stage.site.serve(`/${kind}`, { html }), shown);
  }

  // The page's address stores the settings.
  await page.reload();
  await expect.poll(() => faceOf(preview)).toEqual(shown);
  await page.getByRole("button", { name: "Back to the defaults" }).click();
  expect(await copy(page, "Script tag")).toBe(`<script async src="${stage.bffUrl}/widget.js"></script>`);
});

test("the open preview follows the form, and the focus stays in the field", async ({ page }) => {
  await using stage = await startStage();
  await openConfigurator(page, stage.url);
  const preview = page.frameLocator("iframe");
  await page.getByRole("button", { name: "Open the chat" }).click();
  await preview.getByRole("dialog", { name: "Chat" }).waitFor();

  await page.getByLabel("Title", { exact: true }).pressSequentially("Harbour", { delay: 60 });
  await preview.getByRole("dialog", { name: "Harbour" }).waitFor();
  await expect(page.getByLabel("Title", { exact: true })).toBeFocused();
  await page.keyboard.type(" cups");
  await preview.getByRole("dialog", { name: "Harbour cups" }).waitFor();

  await page.getByRole("combobox", { name: "Language" }).selectOption("ar");
  await expect(preview.locator("html")).toHaveAttribute("dir", "rtl");
  await expect(preview.getByRole("dialog")).toHaveCSS("direction", "rtl");

  await page.getByRole("radio", { name: "Buttons of my page" }).check();
  await page.getByLabel("Selector of the buttons").fill(".help");
  await expect(preview.locator("[part~=launcher]")).toHaveCount(0);
  await page.getByLabel("Selector of the buttons").fill(":::");
  await expect(page.getByText("This is not a CSS selector.")).toBeVisible();
  await expect(preview.locator("[part~=launcher]")).toHaveCount(1);
});

test("the page asks for a chat server and shows an error if the server does not answer", async ({ page }) => {
  await using sandbox = await startSandbox();
  await using bff = await startBff({ platformUrl: sandbox.url, allowedOrigins: ["https://www.example.com"] });
  await page.goto(`${sandbox.url}/configure/`);
  const address = page.getByLabel("Address of the chat server");
  await address.fill("http://user:secret@localhost");
  await page.getByRole("button", { name: "Show the widget" }).click();
  await expect(page.getByRole("alert")).toContainText("not the address of a server");

  await address.fill(`http://127.0.0.1:${await getPort()}`);
  await page.getByRole("button", { name: "Show the widget" }).click();
  await expect(page.getByRole("alert")).toContainText("cannot be loaded");

  await page.getByRole("button", { name: "Change" }).click();
  await address.fill(bff.url);
  await page.getByRole("button", { name: "Show the widget" }).click();
  await expect(page.getByRole("alert")).toContainText("MAILOO_CHAT_ALLOWED_ORIGINS");
  await expect(page.getByRole("alert")).toContainText(sandbox.url);
});

for (const look of [
  { colorScheme: "light", width: 1280, height: 900 },
  { colorScheme: "dark", width: 390, height: 844 },
] as const) {
  test(`the configurator violates no accessibility rule and no content policy: ${look.colorScheme}, ${look.width} wide`, async ({
    page,
  }) => {
    await using stage = await startStage();
    await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(look);
    const problems: string[] = [];
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    await openConfigurator(page, stage.url);
    await page.getByRole("radio", { name: "Buttons of my page" }).check();
    await page.getByLabel("Colour, as CSS").fill("no colour");
    await expect(page.getByText("This is not a CSS colour.")).toBeVisible();
    await page.getByRole("button", { name: "Open the chat" }).click();
    await page.frameLocator("iframe").getByRole("dialog").waitFor();
    const { violations } = await new AxeBuilder({ page })
      .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
      .analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual(
      [],
    );
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(problems).toEqual([]);
  });
}

const MOUNT = `
  import { createRoot } from "react-dom/client";
  createRoot(document.getElementById("root")).render(<Chat />);
`;

async function startStage() {
  await using starting = new AsyncDisposableStack();
  const port = await getPort();
  const bffUrl = `http://127.0.0.1:${port}`;
  const sandbox = starting.use(await startSandbox({ bffUrl }));
  const site = starting.use(await startTestSite());
  starting.use(
    await startBff({ platformUrl: sandbox.url, allowedOrigins: [sandbox.url, site.origin], port }),
  );
  const servers = starting.move();
  return { url: sandbox.url, bffUrl, site, [Symbol.asyncDispose]: () => servers.disposeAsync() };
}

async function openConfigurator(page: Page, sandboxUrl: string): Promise<void> {
  await page.goto(`${sandboxUrl}/configure`);
  await page.frameLocator("iframe").locator("[part~=launcher]").waitFor();
}

/** Clicks the copy button and returns the clipboard's text. */
async function copy(page: Page, name: string): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await page.getByRole("button", { name: `Copy ${name}` }).click();
  await expect(page.getByRole("status").filter({ hasText: "Copied" }).first()).toBeVisible();
  return page.evaluate(() => navigator.clipboard.readText());
}

function toHtml(pasted: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title></head><body><div id="root"></div>${pasted}</body></html>`;
}

async function expectFace(context: { newPage(): Promise<Page> }, url: string, face: unknown): Promise<void> {
  const page = await context.newPage();
  // Another window size changes only the size of the panel.
  await page.goto(url);
  await page.locator("mailoo-chat-widget").getByRole("dialog").waitFor();
  await expect.poll(() => faceOf(page)).toEqual(face);
  await page.close();
}

/** The visible properties of the widget except its size. */
function faceOf(place: Page | FrameLocator): Promise<unknown> {
  return place.locator("mailoo-chat-widget").evaluate((host) => {
    const shadow = host.shadowRoot;
    const panel = shadow?.querySelector<HTMLElement>("[part~=panel]");
    const launcher = shadow?.querySelector<HTMLElement>("[part~=launcher]");
    const header = shadow?.querySelector<HTMLElement>("[part~=header]");
    if (!panel || !launcher || !header) return null;
    const { left, right } = launcher.getBoundingClientRect();
    return {
      title: shadow?.querySelector("h2")?.textContent,
      headerText: header.textContent,
      lang: panel.closest("[lang]")?.getAttribute("lang"),
      launcherName: launcher.getAttribute("aria-label"),
      launcherColor: getComputedStyle(launcher).backgroundColor,
      accent: getComputedStyle(host).getPropertyValue("--mailoo-chat-accent"),
      header: getComputedStyle(header).backgroundColor,
      headerColor: getComputedStyle(header).color,
      background: getComputedStyle(panel).backgroundColor,
      radius: getComputedStyle(panel).borderRadius,
      side: left < innerWidth - right ? "left" : "right",
      suggestions: [...(shadow?.querySelectorAll(".suggestions button") ?? [])].map(
        ({ textContent }) => textContent,
      ),
    };
  });
}
