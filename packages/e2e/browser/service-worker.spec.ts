import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";
import { theSessionOf } from "./the-session-of.ts";

/** A common cache-first service worker: a cached response is never updated. */
const CACHE_FIRST = `
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith((async () => {
    const cache = await caches.open("all");
    const known = await cache.match(event.request);
    if (known) return known;
    const answer = await fetch(event.request);
    await cache.put(event.request, answer.clone());
    return answer;
  })());
});`;

test("replies arrive if the site's service worker answers from its cache", async ({
  chat,
  house,
  visitorLeg,
}) => {
  await visitorLeg.network.set({ name: "no-upgrades", how: "refuse" });
  house.site.serve("/worker.js", { html: CACHE_FIRST, headers: { "content-type": "text/javascript" } });
  const register = `<script>navigator.serviceWorker.register("/worker.js")</script>`;
  const path = `/with-worker-${visitorLeg.network.port}`;
  const url = house.site.serve(path, toPageWithWidget(visitorLeg.network.url, { head: register }));
  await chat.goto(url);
  await chat.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await chat.goto(url);
  expect(await chat.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await chat.openPanel();
  await chat.send("Is anybody there?");
  await expect(chat.message("Is anybody there?")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "Is anybody there?");
  for (const reply of ["Yes", "And now", "And again"]) {
    house.sandbox.reply(session, reply);
    await expect(chat.message(reply)).toBeVisible({ timeout: 15_000 });
  }
  await chat.page.reload();
  house.sandbox.reply(session, "After a reload");
  await chat.openPanel();
  await expect(chat.message("After a reload")).toBeVisible({ timeout: 15_000 });
});
