import type { BrowserContext } from "@playwright/test";
import { expect, test } from "./chat-test.ts";
import { theSessionOf } from "./the-session-of.ts";

test("a whole conversation loads only the loader and the core", async ({
  chat,
  house,
  visitorLeg,
  context,
}) => {
  test.setTimeout(90_000);
  const fetched = collectScripts(context);

  // Open, failed, Retry.
  await chat.goto(visitorLeg.pageUrl);
  await chat.openPanel();
  await chat.page.route("**/submit", (route) => route.fulfill(REFUSAL));
  await chat.send("How much do you weigh?");
  await expect(chat.message("How much do you weigh?")).toHaveAttribute("data-state", "failed");
  await chat.page.unroute("**/submit");
  await chat.message("How much do you weigh?").getByRole("button", { name: "Retry" }).click();
  // The BFF does not know the first attempt, and waits in case it arrives another way.
  await expect(chat.message("How much do you weigh?")).toHaveAttribute("data-state", "sent", {
    timeout: 20_000,
  });

  // Reply, send, reload.
  const session = await theSessionOf(house.sandbox, "How much do you weigh?");
  house.sandbox.reply(session, "Less than a picture of me.");
  await expect(chat.message("Less than a picture of me.")).toBeVisible();
  await chat.send("I am impressed.");
  await expect(chat.message("I am impressed.")).toHaveAttribute("data-state", "sent");
  await chat.page.reload();
  await chat.openPanel();
  await expect(chat.message("I am impressed.")).toHaveAttribute("data-state", "sent");

  // Socket refused, long poll.
  await visitorLeg.network.set({ name: "no-upgrades", how: "refuse" });
  visitorLeg.network.cutAll();
  house.sandbox.reply(session, "Still here?");
  await expect(chat.message("Still here?")).toBeVisible({ timeout: 20_000 });

  // A second tab takes over.
  const second = house.chatOn(await context.newPage());
  await second.goto(visitorLeg.pageUrl);
  await second.openPanel();
  await expect(second.message("Still here?")).toBeVisible();
  await chat.page.close();
  await second.send("The other one is closed.");
  await expect(second.message("The other one is closed.")).toHaveAttribute("data-state", "sent");

  // `pnpm size` limits the size of these two.
  expect([...fetched].sort()).toEqual(["core", "widget"]);
});

const REFUSAL = {
  status: 400,
  headers: { "access-control-allow-origin": "*" },
  json: { type: "about:blank", title: "No", status: 400, code: "invalid_request", requestId: "1" },
};

/** The names of all loaded code files, without the release hash. */
function collectScripts(context: BrowserContext): ReadonlySet<string> {
  const scripts = new Set<string>();
  context.on("request", (request) => {
    const [, file] = /\/([^/]+)\.(?:js|css|wasm|json)$/.exec(new URL(request.url()).pathname) ?? [];
    if (file) scripts.add(file.replace(/-[\w-]{6}$/, ""));
  });
  return scripts;
}
