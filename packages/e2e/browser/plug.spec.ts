import { join } from "node:path";
import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { expect, type Page, test } from "@playwright/test";
import getPort from "get-port";
import { startChildServer } from "../src/servers/child-server.ts";
import { answers } from "./examples/backstage.ts";
import { expectNoViolation } from "./violations.ts";

test("no fault loses, doubles or reorders messages while both sides write", async ({ page }) => {
  test.setTimeout(240_000);
  await using plug = await startPlug();
  await page.goto(plug.url);
  await page.getByLabel("Messages of each side").fill("60");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByText("online by WebSocket")).toBeVisible();

  // Faults that need both sides to be writing come first.
  await press(page, "Cut the connections");
  await expect.poll(() => count(page, "reconnections")).toBeGreaterThan(0);
  await turn(page, "Page offline", true);
  await holdUp(page);
  await turn(page, "Page offline", false);
  await turn(page, "Refuse WebSockets", true);
  await press(page, "Cut the connections");
  await expect(page.getByText(/online by (?:long poll|polls)/)).toBeVisible({ timeout: 30_000 });

  for (const fault of ["Refuse connections", "Hold all bytes back"]) {
    await turn(page, fault, true);
    await holdUp(page);
    await turn(page, fault, false);
  }
  for (const how of ["Restart", "Kill, and start again"]) {
    await press(page, how);
    await expect(page.getByText("running", { exact: true })).toBeHidden();
    await expect(page.getByText("running", { exact: true })).toBeVisible({ timeout: 30_000 });
  }
  await press(page, "Drop the sockets");
  await turn(page, "Mute sockets", true);
  await turn(page, "Store, then answer an error", true);
  await holdUp(page);
  await turn(page, "Store, then answer an error", false);
  await turn(page, "Store, then reset", true);
  await turn(page, "Errors, half of the time", true);
  await expect(page.getByText("3 faults")).toBeVisible();

  await press(page, "Heal all");
  await expect(page.getByText("All legs are up")).toBeVisible();
  await expect(page.getByText("120 messages arrived: 0 lost, 0 doubled, 0 out of order")).toBeVisible({
    timeout: 120_000,
  });
  for (const name of ["Sent", "On the platform", "Seen by the visitor"]) {
    await expect(page.getByRole("row", { name }).getByRole("cell")).toHaveText(["60", "60"]);
  }
  for (const name of ["Missing now", "Lost", "Doubled", "Out of order"]) {
    await expect(page.getByRole("row", { name }).getByRole("cell")).toHaveText(["0", "0"]);
  }
  await expect(page.getByRole("button", { name: "Start", exact: true })).toBeVisible();

  // Counted independently of the page.
  const [session] = plug.sandbox.sessions();
  const stored = plug.sandbox.messages(session?.publicId ?? "");
  for (const sender of ["visitor", "owner"] as const) {
    const texts = stored.filter((message) => message.sender === sender).map(({ content }) => content);
    const name = sender === "visitor" ? "Visitor's message" : "Owner's message";
    expect(texts).toEqual(Array.from({ length: 60 }, (_, index) => `${name} ${index + 1}`));
  }
});

test("the page stops on request and violates no accessibility rule and no content policy", async ({
  page,
}) => {
  test.setTimeout(90_000);
  await using plug = await startPlug();
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(error.message));
  for (const { colorScheme, width, height } of [
    { colorScheme: "light", width: 1280, height: 900 },
    { colorScheme: "dark", width: 390, height: 844 },
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.goto(plug.url);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await expect.poll(() => count(page, "sent")).toBeGreaterThan(1);
    await turn(page, "Late answers", true);
    await expectNoViolation(page);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await press(page, "Stop");
    await expect(page.getByText("Stopped")).toBeVisible();
    await turn(page, "Late answers", false);
  }
  expect(problems).toEqual([]);
});

test("only the demo's own page can cause faults", async ({ page }) => {
  test.setTimeout(60_000);
  await using plug = await startPlug();
  await page.goto(plug.sandbox.url);
  const status = await page.evaluate(
    (url) =>
      fetch(url, { method: "DELETE" }).then(
        ({ status }) => status,
        () => "refused",
      ),
    `${plug.url}/legs`,
  );
  expect(status).toBe("refused");
  const stranger = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
  const post = (headers: Record<string, string>) =>
    page.request.post(`${plug.url}/legs/kill`, { headers }).then((answer) => answer.status());
  expect(await post(stranger)).toBe(403);
  expect(await post({ origin: "https://evil.example" })).toBe(403);
  expect(await post({ host: "rebound.example" })).toBe(403);
  expect((await page.request.patch(`${plug.url}/legs`, { data: { line: "on fire" } })).status()).toBe(400);
});

/** The demo's BFF with its page, and a local Mailoo with fault switches. */
async function startPlug() {
  await using starting = new AsyncDisposableStack();
  const sandbox = starting.use(await startSandbox({ faults: true }));
  const [bffPort, plugPort] = [await getPort(), await getPort()];
  const url = `http://127.0.0.1:${plugPort}`;
  starting.use(
    await startChildServer({
      command: process.execPath,
      args: [join(REPOSITORY, "packages/plug/src/main.ts")],
      env: {
        NODE_ENV: "development",
        MAILOO_CHAT_INTEGRATION_API: sandbox.url,
        MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey,
        MAILOO_CHAT_INTEGRATION_PROJECT_UID: SEED.projectUid,
        MAILOO_CHAT_INTEGRATION_ID: SEED.integrationId,
        MAILOO_CHAT_ALLOWED_ORIGINS: url,
        HOST: "127.0.0.1",
        PORT: `${bffPort}`,
        PLUG_PORT: `${plugPort}`,
      },
      isUp: async () => (await answers(`http://127.0.0.1:${bffPort}/readyz`)) && answers(url),
    }),
  );
  const servers = starting.move();
  return { sandbox, url, [Symbol.asyncDispose]: () => servers.disposeAsync() };
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

async function turn(page: Page, name: string, isOn: boolean): Promise<void> {
  const button = page.getByRole("button", { name, exact: true });
  if ((await button.getAttribute("aria-pressed")) !== String(isOn)) await button.click();
  await expect(button).toHaveAttribute("aria-pressed", String(isOn));
}

/** The displayed number, summed over both sides. */
async function count(page: Page, name: string): Promise<number> {
  const texts = await page.locator(`[data-count=${name}]`).allTextContents();
  return texts.reduce((sum, text) => sum + Number(text), 0);
}

/** Waits until the fault has an effect: some messages are missing, unless all were written before. */
async function holdUp(page: Page): Promise<void> {
  const isWritten = page.getByText(/All is written|arrived:/);
  await expect
    .poll(async () => (await count(page, "missing")) > 2 || (await isWritten.isVisible()), {
      timeout: 30_000,
    })
    .toBe(true);
}
