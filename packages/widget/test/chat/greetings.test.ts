import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import type { ChatWidgetOptions } from "../../src/api/options.ts";
// Loaded up front, so that no test waits for the lazy chunk.
import "../../src/greetings/create-greeter.ts";
import { BASE_URL } from "../client/fake-bff.ts";
import { mountWidget, openWidget, until, untilRendered, type View } from "./mount-widget.ts";

const bubble = (chat: View) => chat.findAll(".teaser").map(({ textContent }) => textContent);

/** Long enough for a greeting that is due at once: it waits 100 ms for its live region. */
const untilIdle = () => new Promise((resolve) => setTimeout(resolve, 200));

function goTo(path: string): void {
  history.pushState({}, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

const warned = vi.fn();

beforeEach(() => {
  window.happyDOM.setURL("https://shop.example/");
  vi.spyOn(console, "warn").mockImplementation(warned);
  warned.mockClear();
});

afterEach(() => {
  window.happyDOM.setURL("about:blank");
  localStorage.clear();
});

it("shows the first greeting whose conditions hold, opens the panel with it on a click, and does not show it again", async () => {
  const greetings = [
    { id: "later", text: "Still here?", afterSeconds: 1_000 },
    { id: "elsewhere", text: "Prices?", path: "/pricing*" },
    { id: "by call", text: "Called" },
    { id: "here", text: "Can we help?", path: "/,/start", afterSeconds: "0" },
    { id: "too", text: "Me too", afterSeconds: 0 },
  ];
  {
    await using chat = mountWidget({ greetings });
    await until(() => expect(bubble(chat)).toEqual(["Can we help?"]));
    expect(chat.find(".teaser").parentElement?.getAttribute("aria-live")).toBe("polite");
    expect({ ...localStorage, ...sessionStorage }).toEqual({});
    chat.find(".teaser .text").click();
    await until(() => expect(chat.textOf('[data-message-id="welcome"]')).toBe("Can we help?"));
    expect(chat.widget.state.open).toBe(true);
    expect(Object.keys(localStorage)).toEqual([`mailoo-chat:${BASE_URL}#greeting:here`]);
    chat.widget.close();
    // A visitor who has seen a greeting sees no other one on this path.
    chat.widget.hide();
    chat.widget.show();
    await untilIdle();
    expect(bubble(chat)).toEqual([]);
  }
  // On the next page another greeting is the first.
  await using chat = mountWidget({ greetings: JSON.stringify(greetings) });
  await until(() => expect(bubble(chat)).toEqual(["Me too"]));
  chat.button("Dismiss").click();
  await untilIdle();
  expect(bubble(chat)).toEqual([]);
  chat.widget.open();
  await until(() => expect(chat.textOf('[data-message-id="welcome"]')).toBe("Welcome"));
});

it("formats and announces a greeting in the panel, even if the welcome text needs no formatting", async () => {
  const text = "Write **here**, or to www.shop.example";
  await using chat = mountWidget({ greetings: [{ id: "here", text, afterSeconds: 0 }] });
  await until(() => chat.find(".teaser .text").click());
  await until(() =>
    expect(chat.textOf('[data-message-id="welcome"]')).toBe("Write here, or to www.shop.example"),
  );
  expect(chat.findAll('[data-message-id="welcome"] :is(a, strong)')).toHaveLength(2);
  expect(chat.findAll('[data-message-id="welcome"] [aria-hidden]')).toEqual([]);
});

it("inserts the text into a live region that already exists", async () => {
  await using chat = mountWidget({ greetings: [{ id: "now", text: "Can we help?", afterSeconds: 0 }] });
  const region = () => chat.shadow.querySelector('[aria-live="polite"]');
  await new Promise<void>((resolve) => {
    new MutationObserver(() => region() && resolve()).observe(chat.shadow, {
      childList: true,
      subtree: true,
    });
  });
  await untilRendered();
  expect(region()?.textContent).toBe("");
  await until(() => expect(region()?.textContent).toBe("Can we help?"));
});

it("restarts on each path and removes a greeting of another path", async () => {
  const greetings = [
    { id: "prices", text: "Questions about prices?", path: "/pricing" },
    { id: "any", text: "Can we help?", path: "/a,/b" },
  ];
  await using chat = mountWidget({ greetings });
  goTo("/pricing");
  await until(() => expect(bubble(chat)).toEqual(["Questions about prices?"]));
  goTo("/a");
  await until(() => expect(bubble(chat)).toEqual(["Can we help?"]));
  goTo("/b");
  await untilIdle();
  expect(bubble(chat)).toEqual(["Can we help?"]);
  chat.button("Dismiss").click();
  goTo("/a");
  await untilIdle();
  expect(bubble(chat)).toEqual([]);
  goTo("/pricing");
  await until(() => expect(bubble(chat)).toEqual(["Questions about prices?"]));
});

it("shows no greeting in a conversation, beside an open panel, or while hidden", async () => {
  const now = { id: "now", text: "Can we help?", afterSeconds: 0 };
  {
    await using chat = await openWidget({ greetings: [now] });
    await untilIdle();
    chat.widget.close();
    chat.widget.hide();
    chat.widget.show();
    await untilIdle();
    expect(bubble(chat)).toEqual([]);
    chat.widget.open();
    await chat.send("Hello");
    chat.widget.close();
    goTo("/elsewhere");
    chat.widget.greet("now");
    await untilIdle();
    expect(bubble(chat)).toEqual([]);
  }
  localStorage.clear();
  goTo("/hidden");
  await using chat = mountWidget({ greetings: [now], hideOn: "/hidden" });
  await untilIdle();
  expect(bubble(chat)).toEqual([]);
  goTo("/");
  await until(() => expect(bubble(chat)).toEqual(["Can we help?"]));
  chat.button("Dismiss").click();
  chat.widget.update({ greetings: [{ ...now, id: "other" }], hideOn: null });
  chat.widget.hide();
  await untilIdle();
  expect(bubble(chat)).toEqual([]);
  chat.widget.show();
  await until(() => expect(bubble(chat)).toEqual(["Can we help?"]));
});

it("shows a greeting by id on greet(), replacing another, and changes all of them on update()", async () => {
  await using chat = mountWidget({
    greetings: [{ id: "cart", text: "Is something missing?" }],
    teaser: "Hello",
  });
  chat.widget.greet("cart");
  await until(() => expect(bubble(chat)).toEqual(["Is something missing?"]));
  chat.widget.greet("basket");
  await until(() =>
    expect(warned).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('"greetings"'), "basket"),
  );
  chat.widget.update({ greetings: [{ id: "tea", text: "Tea?", afterSeconds: 0 }], teaser: null });
  await until(() => expect(bubble(chat)).toEqual(["Tea?"]));
  chat.widget.update({ greetings: null });
  await until(() => expect(bubble(chat)).toEqual([]));
});

it("removes a greeting that was dismissed in another tab or reset by the page", async () => {
  const greetings = [
    { id: "now", text: "Can we help?", afterSeconds: 0 },
    { id: "too", text: "Me too", path: "/a" },
  ];
  await using chat = mountWidget({ greetings });
  await until(() => expect(bubble(chat)).toEqual(["Can we help?"]));
  localStorage.setItem(`mailoo-chat:${BASE_URL}#greeting:now`, "dismissed");
  dispatchEvent(new StorageEvent("storage"));
  await untilIdle();
  expect(bubble(chat)).toEqual([]);
  goTo("/a");
  await until(() => expect(bubble(chat)).toEqual(["Me too"]));
  chat.widget.reset();
  await untilRendered();
  expect(bubble(chat)).toEqual([]);
});

it("counts the initial scroll position, as after a reload", async () => {
  const page = document.documentElement;
  const sizes = { scrollHeight: 2_000, clientHeight: 500, scrollTop: 1_200 };
  for (const [name, value] of Object.entries(sizes)) {
    Object.defineProperty(page, name, { value, configurable: true });
    onTestFinished(() => void Reflect.deleteProperty(page, name));
  }
  const greetings = [
    { id: "end", text: "Read all of it?", scrollPercent: 90 },
    { id: "most", text: "Looking for something?", scrollPercent: 70 },
  ];
  await using chat = mountWidget({ greetings });
  await until(() => expect(bubble(chat)).toEqual(["Looking for something?"]));
});

it("can open the panel instead, and not again once the visitor has closed it", async () => {
  const greetings = [{ id: "sale", text: "Ask about the sale", afterSeconds: 0, open: true }];
  await using chat = mountWidget({ greetings });
  await until(() => expect(chat.textOf('[data-message-id="welcome"]')).toBe("Ask about the sale"));
  expect(chat.shadow.activeElement).toBeNull();
  expect({ ...localStorage }).toEqual({});
  chat.button("Minimise").click();
  expect(Object.keys(localStorage)).toEqual([`mailoo-chat:${BASE_URL}#greeting:sale`]);
  goTo("/a");
  await untilIdle();
  expect(chat.widget.state.open).toBe(false);
});

it.each<readonly [name: string, greetings: unknown]>([
  ["greetings", "{"],
  ["greetings", '{"id":"a","text":"b"}'],
  ["greetings", 7],
  ["greetings[0]", [null]],
  ["greetings[0]", ["text"]],
  ["greetings[0]", [{ text: "No id" }]],
  ["greetings[0]", [{ id: "a", text: " " }]],
  ["greetings[0]", [{ id: "a", text: "b", afterSecond: 3 }]],
  ["greetings[0]", [{ id: "a", text: "b", afterSeconds: "soon" }]],
  ["greetings[0]", [{ id: "a", text: "b", afterSeconds: 1e9 }]],
  ["greetings[0]", [{ id: "a", text: "b", scrollPercent: 101 }]],
  ["greetings[0]", [{ id: "a", text: "b", path: 5 }]],
  ["greetings[0]", [{ id: "a", text: "b", path: "/", exitIntent: 1 }]],
  [
    "greetings[2]",
    [
      { id: "x", text: "b" },
      { id: "y", text: "b" },
      { id: "x", text: "b", path: "/" },
    ],
  ],
  ["greeting", undefined],
])("warns by the name %s of %j, and greets with the rest", async (name, greetings) => {
  const rest = Array.isArray(greetings)
    ? [...greetings, { id: "last", text: "The rest", afterSeconds: 0 }]
    : null;
  await using chat = mountWidget({
    greetings: rest ?? greetings,
    teaser: rest ? undefined : "The rest",
    teaserDelayMs: 0,
    ...(name === "greeting" && { greeting: "[]" }),
  } as ChatWidgetOptions);
  await until(() => expect(bubble(chat)).toEqual(["The rest"]));
  expect(warned.mock.calls.map(([text]) => /"(.*?)"/.exec(`${text}`)?.[1])).toEqual([name]);
});

it("loads nothing on a page without greetings, and only the rules until a greeting is due", async () => {
  const fetched: string[] = [];
  const { createLauncher } = await import("../../src/launcher/create-launcher.ts");
  const load = (name: string) => {
    fetched.push(name);
    return new Promise<never>(() => {});
  };
  createLauncher({}, BASE_URL, () => load("core"), load).destroy();
  await untilIdle();
  expect(fetched).toEqual([]);
  const widget = createLauncher({ greetings: "[]" }, BASE_URL, () => load("core"), load);
  await until(() => expect(fetched).toEqual(["page-options"]));
  widget.destroy();
});
