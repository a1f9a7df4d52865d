import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";
import { theSessionOf } from "./the-session-of.ts";

// Pages with restrictive headers; the strictest content security policy is in `embedding.spec.ts`.

const POLICIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "isolated from all other origins": {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  },
  "denied every feature": {
    "permissions-policy": [
      "autoplay",
      "camera",
      "clipboard-write",
      "display-capture",
      "fullscreen",
      "geolocation",
      "microphone",
      "screen-wake-lock",
      "storage-access",
      "sync-xhr",
      "unload",
    ]
      .map((feature) => `${feature}=()`)
      .join(", "),
    "referrer-policy": "strict-origin",
  },
};

for (const [state, headers] of Object.entries(POLICIES)) {
  test(`a visitor holds a conversation on a page that is ${state}`, async ({ chat, house }) => {
    const problems: string[] = [];
    chat.page.on("console", (line) => {
      if (line.type() === "error" || line.type() === "warning") problems.push(line.text());
    });
    chat.page.on("pageerror", ({ message }) => problems.push(message));
    const url = house.site.serve(
      "/policy",
      toPageWithWidget(house.bff.url, { headers, attributes: 'data-sound="true"' }),
    );
    await chat.goto(url);
    await chat.openPanel();
    await chat.send(`I am ${state}`);
    await expect(chat.message(`I am ${state}`)).toHaveAttribute("data-state", "sent");
    const session = await theSessionOf(house.sandbox, `I am ${state}`);
    await chat.page.keyboard.press("Escape");
    // This reply plays the sound.
    house.sandbox.reply(session, "Still there?");
    await expect(chat.launcher).toHaveAccessibleName(/1 unread/);
    await chat.openPanel();
    await expect(chat.message("Still there?")).toBeVisible();
    expect(problems).toEqual([]);
    if ("cross-origin-embedder-policy" in headers) {
      expect(await chat.page.evaluate("crossOriginIsolated")).toBe(true);
    }
  });
}
