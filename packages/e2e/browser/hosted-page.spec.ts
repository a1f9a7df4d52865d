import AxeBuilder from "@axe-core/playwright";
import getPort from "get-port";
import { startBff } from "../src/servers/start-bff.ts";
import { expect, test } from "./chat-test.ts";

// The chat page that the BFF serves for links.

test("[PAGE-1] a visitor holds a whole conversation on the BFF's own page, under its policy", async ({
  page,
  house,
  owner,
}) => {
  const port = await getPort();
  const origin = `http://127.0.0.1:${port}`;
  await using bff = await startBff({
    port,
    platformUrl: house.sandbox.url,
    allowedOrigins: [origin],
    env: { MAILOO_CHAT_PAGE: JSON.stringify({ title: "Mud & Tide", accent: "#2f6f73" }) },
  });
  const problems: string[] = [];
  page.on("console", (line) => {
    if (line.type() === "error" || line.type() === "warning") problems.push(line.text());
  });
  page.on("pageerror", ({ message }) => problems.push(message));
  // The visitor follows a link on another site.
  const html = `<!doctype html><title>A shop</title><a href="${bff.baseUrl}/chat?locale=de">Hilfe</a>`;
  await page.goto(house.site.serve("/link", { html }));
  await page.getByText("Hilfe").click();

  await expect(page).toHaveTitle("Mud & Tide");
  const region = page.getByRole("main").getByRole("region", { name: "Mud & Tide" });
  const composer = region.getByRole("textbox", { name: "Nachricht" });
  await expect(region.getByText(house.welcomeMessage)).toBeVisible();
  await expect(composer).not.toBeFocused();
  expect(await region.boundingBox()).toMatchObject({ x: 0, y: 0, ...page.viewportSize() });
  await expect(region.locator(".avatar").first()).toHaveCSS("background-color", "rgb(47, 111, 115)");

  await composer.fill("Ist das eine Seite?");
  await composer.press("Enter");
  const sent = region.locator("[data-message-id]", { hasText: "Ist das eine Seite?" });
  await expect(sent).toHaveAttribute("data-state", "sent");
  await owner.answer("Ist das eine Seite?", "Ja, eine ganze");
  await expect(region.getByText("Ja, eine ganze")).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);

  await page.goto(`${origin}/chat?locale=ar`);
  await expect(page.getByText("Ja, eine ganze")).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  expect(problems).toEqual([]);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true });

  test("a chat of mode `page` ends above the on-screen keyboard and cannot be closed", async ({
    page,
    house,
  }) => {
    const html = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Help</title>
<body><p style="height:2000px">Behind</p><script src="${house.bff.url}/widget.js" data-mode="page"></script>`;
    await page.goto(house.site.serve("/own-page", { html }));
    const region = page.getByRole("region", { name: "Chat" });
    await expect(region.getByText(house.welcomeMessage)).toBeVisible();
    await page.evaluate(() => {
      const viewport = window.visualViewport as VisualViewport;
      Object.defineProperty(viewport, "height", { value: 400 });
      viewport.dispatchEvent(new Event("resize"));
    });
    await expect.poll(async () => (await region.boundingBox())?.height).toBe(400);
    await page.keyboard.press("Escape");
    await expect(region).toBeVisible();
    await expect(page.getByRole("button", { name: /^(Open|Close) chat|Minimise/ })).toHaveCount(0);
  });
});
