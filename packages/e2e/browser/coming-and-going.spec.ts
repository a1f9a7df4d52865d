import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";
import { theSessionOf } from "./the-session-of.ts";

// The widget's life on a page: mounting, surviving page updates, and complete removal.

/** Ways in which single-page sites and Turbo replace content; each runs in the page. */
const SWAPS: Readonly<Record<string, () => void>> = {
  "replaces its body": () => {
    const body = document.createElement("body");
    body.append("Another page");
    document.documentElement.replaceChild(body, document.body);
  },
  "removes its body and appends another": () => {
    const body = document.createElement("body");
    document.body.remove();
    document.documentElement.append(body);
  },
  "replaces its head and body": () => {
    document.documentElement.replaceChildren(document.createElement("head"), document.createElement("body"));
  },
  "removes unknown elements": () => {
    for (const child of Array.from(document.documentElement.children)) {
      if (!["HEAD", "BODY"].includes(child.tagName)) child.remove();
    }
  },
};

for (const [swap, make] of Object.entries(SWAPS)) {
  test(`a page that ${swap} keeps the panel, draft, scroll position and socket`, async ({ chat, house }) => {
    const { page } = chat;
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await chat.send(`Before it ${swap}`);
    const session = await theSessionOf(house.sandbox, `Before it ${swap}`);
    house.sandbox.addMessages(session, 40, { content: "Line {n}" });
    await expect(chat.message("Line 40")).toBeVisible();
    // The widget handles a scroll in the next frame.
    await chat.history.evaluate(async (log) => {
      log.scrollTo(0, 400);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    });
    await chat.composer.fill("half a thought");
    expect(sockets).toHaveLength(1);

    await page.evaluate(make);
    await expect(page.locator("body ~ mailoo-chat-widget")).toHaveCount(1);
    await expect(chat.panel).toBeVisible();
    await expect(chat.composer).toHaveValue("half a thought");
    await expect.poll(() => chat.history.evaluate((log) => log.scrollTop)).toBe(400);
    house.sandbox.reply(session, "Still connected");
    await expect(chat.message("Still connected")).toBeAttached();
    expect(sockets).toHaveLength(1);
  });
}

test("a hundred destroyed widgets leave no node, listener, timer or socket behind", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  test.setTimeout(90_000);
  await page.addInitScript(() => {
    // Pending timers and open sockets.
    const waiting = new Set<number>();
    const sockets = new Set<WebSocket>();
    Object.assign(window, { waiting, sockets });
    const [start, stop] = [window.setTimeout, window.clearTimeout];
    window.setTimeout = ((action: () => void, ...rest: unknown[]) => {
      const timer: number = start(
        () => {
          waiting.delete(timer);
          action();
        },
        ...(rest as [number]),
      );
      waiting.add(timer);
      return timer;
    }) as typeof setTimeout;
    window.clearTimeout = (timer) => {
      waiting.delete(timer as number);
      stop(timer);
    };
    window.WebSocket = class extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args);
        sockets.add(this);
        this.addEventListener("close", () => sockets.delete(this));
      }
    };
  });
  // With a conversation, each widget opens a socket and observes storage.
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("I come and go");
  await expect(chat.message("I come and go")).toHaveAttribute("data-state", "sent");

  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  const measure = async () => {
    await page.evaluate("MailooChat.destroy()");
    await expect
      .poll(() =>
        page.evaluate("[waiting.size, sockets.size, document.querySelectorAll('mailoo-chat-widget').length]"),
      )
      .toEqual([0, 0, 0]);
    await devtools.send("HeapProfiler.collectGarbage");
    const { metrics } = await devtools.send("Performance.getMetrics");
    const metric = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
    return { listeners: metric("JSEventListeners"), nodes: metric("Nodes") };
  };
  const comeAndGo = (times: number) =>
    page.evaluate(
      async ({ src, times: count }) => {
        let seed = 7;
        const random = (limit: number) => {
          seed = (seed * 16_807) % 2_147_483_647;
          return seed % limit;
        };
        const widget = () => (window as { MailooChat?: Record<string, () => void> }).MailooChat;
        const calls = ["open", "close", "toggle", "hide", "show"] as const;
        for (let round = 0; round < count; round += 1) {
          widget()?.destroy?.();
          const script = document.createElement("script");
          script.src = src;
          document.head.append(script);
          await new Promise((resolve) => {
            script.onload = resolve;
          });
          script.remove();
          for (let call = random(6); call > 0; call -= 1) widget()?.[calls[random(5)] ?? "open"]?.();
          // Some widgets are destroyed at once, some during their first requests, some after loading.
          const pauseInMs = random(3) * random(40);
          if (pauseInMs) await new Promise((resolve) => setTimeout(resolve, pauseInMs));
        }
      },
      { src: `${house.bff.url}/widget.js`, times },
    );

  await comeAndGo(5);
  const before = await measure();
  await comeAndGo(100);
  const after = await measure();
  expect(after.listeners - before.listeners).toBeLessThanOrEqual(2);
  expect(after.nodes - before.nodes).toBeLessThanOrEqual(10);
});

test("a page whose script is blocked can make any call without an error", async ({ page, house }) => {
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  await page.route("**/widget.js", (route) => route.abort());
  await page.goto(house.site.serve("/blocked", toPageWithWidget(house.bff.url, { head: STUB_AND_CALLS })));
  await page.evaluate("MailooChat('open'); MailooChat('send', 'Hello')");
  expect(errors).toEqual([]);
});

for (const [trouble, pattern] of [
  ["all of whose chunks are blocked", "**/assets/**"],
  ["whose chat server is unavailable", "**/api/v1/webhooks/chat/**"],
] as const) {
  test(`a page ${trouble} can make any call without an error`, async ({ page, house }) => {
    const errors: string[] = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    await page.route(pattern, (route) => route.abort());
    await page.route("**/v1/*.js", (route) =>
      pattern.includes("assets") ? route.abort() : route.continue(),
    );
    await page.goto(house.site.serve("/away", toPageWithWidget(house.bff.url, { head: STUB_AND_CALLS })));
    await page.getByRole("button", { name: /chat/ }).waitFor();
    await page.evaluate(
      "MailooChat('send', 'Hello'); MailooChat.send('Hello').catch(() => {}); MailooChat.open(); MailooChat.close(); MailooChat.toggle(); MailooChat.identify({ name: 'A' }); MailooChat.reset(); MailooChat.state; MailooChat.off('open', () => {})",
    );
    if (pattern.includes("assets")) {
      await expect.poll(() => page.evaluate("codes")).toContain("not-loaded");
    }
    await page.evaluate("MailooChat.destroy()");
    expect(errors).toEqual([]);
  });
}

/** The head of a page that makes calls before the script has loaded. */
const STUB_AND_CALLS = `<script>
  window.MailooChat=window.MailooChat||function(){(MailooChat.q=MailooChat.q||[]).push(arguments)};
  window.codes = [];
  MailooChat("on", "error", ({ code }) => codes.push(code));
  MailooChat("identify", { name: "Ada" });
  MailooChat("send", "Hello");
  MailooChat("open");
</script>`;

test("calls after destroy() are queued for the next script tag", async ({ chat, house }) => {
  const { page } = chat;
  await chat.goto(house.pageUrl);
  await page.evaluate("MailooChat.destroy(); MailooChat('on', 'open', () => { document.title = 'opened' })");
  await page.evaluate("MailooChat('open')");
  await expect(page.locator("mailoo-chat-widget")).toHaveCount(0);
  await page.addScriptTag({ url: `${house.bff.url}/widget.js` });
  await expect(chat.panel).toBeVisible();
  await expect(page).toHaveTitle("opened");
});
