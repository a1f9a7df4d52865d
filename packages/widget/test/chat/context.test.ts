import { afterEach, expect, it, vi } from "vitest";
import { type LoadLazy, loadLazy } from "../../src/chat/lazy-files.ts";
// Loaded up front, so that no test waits for the lazy chunk.
import "../../src/client/context.ts";
import { becomeGlobal } from "../../src/launcher/become-global.ts";
import { createLauncher } from "../../src/launcher/create-launcher.ts";
import { findRunning } from "../../src/launcher/host-element.ts";
import { toStorageKey } from "../../src/launcher/stored-keys.ts";
import { BASE_URL, createFakeBff } from "../client/fake-bff.ts";
import { connectPageTo, loadCore, openWidget, until, untilRendered } from "./mount-widget.ts";

declare global {
  interface Window {
    readonly happyDOM: { setURL(url: string): void };
  }
}

const PAGE = "https://shop.example/pricing?ref=mail&utm_source=google&utm_campaign=spring&token=secret#top";

afterEach(() => {
  window.happyDOM.setURL("about:blank");
  vi.restoreAllMocks();
});

function onPage(url: string, referrer = ""): void {
  window.happyDOM.setURL(url);
  vi.spyOn(document, "referrer", "get").mockReturnValue(referrer);
}

it("sends the page fields that the option lists, without unlisted parts of the address", async () => {
  onPage(PAGE, "https://www.google.com/search?q=secret");
  await using view = await openWidget({ context: "page, ?ref,referrer,utm,locale" });
  await view.send("Hello");
  // The page changes its address without a load.
  onPage("https://shop.example/checkout", "https://www.google.com/search?q=secret");
  view.widget.context({ plan: "pro" });
  await view.send("And now?");
  expect(view.server.submits.map(({ context }) => context)).toEqual([
    {
      page: "https://shop.example/pricing?ref=mail",
      referrer: "https://www.google.com/search",
      utm: "google / spring",
      locale: navigator.language,
    },
    { page: "https://shop.example/checkout", plan: "pro" },
  ]);
});

it("reports names and values that are never sent, once", async () => {
  onPage(PAGE);
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  await using view = await openWidget({ context: "pgae, ?ref, Locale,on" });
  view.widget.context({ plan: { name: "pro" }, seats: null } as never);
  await view.send("Hello");
  view.widget.update({ title: "Help" });
  await view.send("And now?");
  await untilRendered();
  const names = warned.mock.calls.map(([text, value]) => [/"(.*?)"/.exec(`${text}`)?.[1], value]);
  expect(names).toEqual([
    ["context", "pgae"],
    ["context", "Locale"],
    ["context.plan", { name: "pro" }],
  ]);
});

it("sends nothing while the option is off, and never a referrer of the site itself", async () => {
  onPage(PAGE, "https://shop.example/");
  {
    await using view = await openWidget();
    view.widget.context({ plan: "pro" });
    await view.send("Hello");
    expect(view.server.submits[0]?.context).toBeUndefined();
    expect(JSON.stringify(localStorage)).not.toContain("pro");
  }
  localStorage.clear();
  await using view = await openWidget({ context: "referrer" });
  await view.send("Hello");
  expect(view.server.submits[0]?.context).toBeUndefined();
});

it("sends values set before the widget has loaded with the first text; `reset()` clears them", async () => {
  const server = createFakeBff();
  connectPageTo(server);
  window.MailooChat = Object.assign(() => {}, {
    q: [
      ["context", { plan: "pro" }],
      ["send", "Hello"],
    ] as never,
  });
  const widget = createLauncher({ context: "on" }, BASE_URL, loadCore, loadLazy);
  becomeGlobal(findRunning(toStorageKey(BASE_URL)));
  await until(() => expect(server.submits.map(({ context }) => context)).toEqual([{ plan: "pro" }]));
  widget.context({ seats: 3 });
  widget.reset();
  await widget.send("Somebody else");
  expect(server.submits[1]?.context).toBeUndefined();
  widget.destroy();
  delete window.MailooChat;
});

it("turns the context on and off by `update()`", async () => {
  await using view = await openWidget();
  view.widget.context({ plan: "pro" });
  view.widget.update({ context: "on" });
  await untilRendered();
  await view.send("on");
  for (const [seats, off] of [null, "off", false, "", undefined].entries()) {
    view.widget.update({ context: off as string });
    view.widget.context({ seats });
    await view.send(`off ${seats}`);
  }
  await until(() => expect(view.server.submits).toHaveLength(6));
  const [first, ...others] = view.server.submits.map(({ context }) => context);
  expect([first, new Set(others)]).toEqual([{ plan: "pro" }, new Set([undefined])]);
});

it("sends a text without context if the context code cannot be loaded", async () => {
  const server = createFakeBff();
  connectPageTo(server);
  const fails: LoadLazy = () => Promise.reject(new Error("gone"));
  const widget = createLauncher({ context: "page" }, BASE_URL, loadCore, fails);
  await widget.send("Hello");
  expect(server.submits[0]?.context).toBeUndefined();
  widget.destroy();
});
