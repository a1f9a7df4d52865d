import { SEED } from "@mailoo-chat/sandbox";
import type { Page } from "@playwright/test";
import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";
import { theSessionOf } from "./the-session-of.ts";

test("[EMBED-1] before the visitor's first intent there is one request, no storage and no cookie", async ({
  chat,
  house,
  context,
}) => {
  const requests: string[] = [];
  chat.page.on("request", (request) => requests.push(request.url()));
  await chat.goto(house.pageUrl);
  await chat.page.waitForLoadState("networkidle");
  expect(requests.filter((url) => url.startsWith(house.bff.url))).toEqual([`${house.bff.url}/widget.js`]);
  expect(await chat.page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
  expect(await context.cookies()).toEqual([]);
});

test("[EMBED-3] [SECRET-1] the browser calls only the BFF, and no call contains the key or the integration's ids", async ({
  chat,
  house,
}) => {
  const traffic = recordTraffic(chat.page);
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("Where do you call?");
  const session = await theSessionOf(house.sandbox, "Where do you call?");
  house.sandbox.reply(session, "Only home");
  await chat.message("Only home").waitFor();

  const { origins, texts } = await traffic.read();
  expect([...origins].sort()).toEqual(
    [house.bff.url, house.bff.url.replace("http", "ws"), house.site.origin].sort(),
  );
  const everything = texts.join("\n");
  expect(everything).toContain("Only home");
  for (const secret of [SEED.apiKey, SEED.integrationId, SEED.projectUid])
    expect(everything).not.toContain(secret);
});

test("[STORAGE-1] all stored keys share one prefix, and there is no cookie", async ({
  chat,
  house,
  context,
}) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  expect(await chat.page.evaluate(() => localStorage.length)).toBe(0);
  await chat.send("Keep this");
  await expect(chat.message("Keep this")).toHaveAttribute("data-state", "sent");
  const keys = await chat.page.evaluate(() => Object.keys(localStorage));
  expect(keys).not.toEqual([]);
  for (const key of keys) expect(key.startsWith(`mailoo-chat:${house.bff.baseUrl}`)).toBe(true);
  expect(await chat.page.evaluate(() => sessionStorage.length)).toBe(0);
  expect(await context.cookies()).toEqual([]);
});

test("[EMBED-2] a conversation under the strictest policy causes no violation", async ({ chat, house }) => {
  const policy = [
    "default-src 'none'",
    `script-src ${house.bff.url}`,
    `connect-src ${house.bff.url} ${house.bff.url.replace("http", "ws")}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    "report-uri /reports",
  ].join("; ");
  const url = house.site.serve(
    "/strict",
    toPageWithWidget(house.bff.url, { headers: { "content-security-policy": policy } }),
  );
  const problems: string[] = [];
  chat.page.on("console", (line) => {
    if (line.type() === "error" || line.type() === "warning") problems.push(line.text());
  });
  chat.page.on("pageerror", (error) => problems.push(error.message));

  await chat.goto(url);
  await chat.openPanel();
  await chat.send("Strictly speaking");
  await expect(chat.message("Strictly speaking")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "Strictly speaking");
  house.sandbox.reply(session, "No rule was broken");
  await chat.message("No rule was broken").waitFor();
  await chat.page.reload();
  await chat.openPanel();
  await chat.message("No rule was broken").waitFor();

  expect(problems).toEqual([]);
  expect(house.site.reports).toEqual([]);
  // The widget is styled although the page's policy allows no inline styles.
  const box = await chat.panel.boundingBox();
  expect(box?.width).toBeGreaterThan(250);
});

/** All traffic of a page: URLs, headers, bodies and frames. */
function recordTraffic(page: Page) {
  const origins = new Set<string>();
  const reading: Promise<string>[] = [];
  page.on("request", (request) => {
    origins.add(new URL(request.url()).origin);
    reading.push(
      request
        .allHeaders()
        .then((headers) => `${request.url()} ${JSON.stringify(headers)} ${request.postData() ?? ""}`),
    );
  });
  page.on("response", (response) => {
    reading.push(
      response.allHeaders().then(async (headers) => {
        const body = await response.text().catch(() => "");
        return `${JSON.stringify(headers)} ${body}`;
      }),
    );
  });
  page.on("websocket", (socket) => {
    origins.add(new URL(socket.url()).origin);
    reading.push(Promise.resolve(socket.url()));
    const note = ({ payload }: { payload: string | Buffer }) =>
      reading.push(Promise.resolve(String(payload)));
    socket.on("framesent", note);
    socket.on("framereceived", note);
  });
  return {
    async read(): Promise<{ origins: ReadonlySet<string>; texts: readonly string[] }> {
      const texts = await Promise.allSettled(reading);
      return { origins, texts: texts.map((text) => (text.status === "fulfilled" ? text.value : "")) };
    },
  };
}
