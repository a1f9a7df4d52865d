import { render } from "@testing-library/preact";
import * as preact10 from "preact-10";
import { act, type ComponentProps, createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ChatWidget as Widget } from "../../src/api/widget.ts";
import { createChatWidget } from "../../src/create-chat-widget.ts";
import { MailooChatElement } from "../../src/element.ts";
import { HOST_TAG } from "../../src/launcher/host-element.ts";
import { ChatWidget as PreactWidget } from "../../src/preact.tsx";
import { ChatWidget as ReactWidget } from "../../src/react.ts";

const BFF = "https://chat.example.test";
const hosts = () => document.querySelectorAll(HOST_TAG).length;

afterEach(() => expect(hosts()).toBe(0));

describe("createChatWidget", () => {
  it("appends the default base to an origin, and uses a URL with a path as the base", () => {
    for (const [bff, base] of [
      [BFF, `${BFF}/api/v1/webhooks/chat`],
      [`${BFF}/`, `${BFF}/api/v1/webhooks/chat`],
      [`${BFF}/help/chat/`, `${BFF}/help/chat`],
    ] as const) {
      const widget = createChatWidget({ bff });
      expect(document.querySelector(HOST_TAG)?.id).toBe(`mailoo-chat:${base}`);
      widget.destroy();
    }
  });

  it.each(["chat.example.com", "chat.example.com/chat", "ftp://chat.example.com", "javascript:alert(1)"])(
    "rejects %s, which is not a server URL",
    (bff) => {
      expect(() => createChatWidget({ bff })).toThrow(/bff/);
    },
  );

  it("returns an unsubscribe function from on()", () => {
    const widget = createChatWidget({ bff: BFF });
    const onError = vi.fn();
    const stop = widget.on("error", onError);
    const fail = () => document.querySelector(HOST_TAG)?.dispatchEvent(new CustomEvent("mailoo-chat:error"));
    fail();
    stop();
    fail();
    expect(onError).toHaveBeenCalledOnce();
    widget.destroy();
  });

  it("creates one widget per server: a second call returns the same handle with a warning", () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    const first = createChatWidget({ bff: BFF });
    expect(createChatWidget({ bff: `${BFF}/`, accent: "red" })).toBe(first);
    expect(warned).toHaveBeenCalledOnce();
    const other = createChatWidget({ bff: "https://other.example.test" });
    expect(other).not.toBe(first);
    expect(hosts()).toBe(2);
    first.destroy();
    const next = createChatWidget({ bff: BFF });
    expect(next).not.toBe(first);
    for (const widget of [next, other]) widget.destroy();
    expect(warned).toHaveBeenCalledOnce();
    warned.mockRestore();
  });

  it("reports the missing option by name", () => {
    expect(() => createChatWidget({} as { bff: string })).toThrow(/set "bff"/);
  });
});

describe("<ChatWidget/> for Preact", () => {
  it("lives as long as it is mounted", () => {
    const onReady = vi.fn<(widget: Widget) => void>();
    const { unmount } = render(<PreactWidget bff={BFF} locale="de" onReady={onReady} />);
    expect(hosts()).toBe(1);
    expect(onReady.mock.calls[0]?.[0].state.open).toBe(false);
    unmount();
    expect(hosts()).toBe(0);
  });

  it("mounts in an application with its own copy of Preact 10", () => {
    const container = document.createElement("div");
    preact10.render(preact10.h(PreactWidget as never, { bff: BFF }), container);
    expect(hosts()).toBe(1);
    preact10.render(null, container);
    expect(hosts()).toBe(0);
  });
});

describe("<ChatWidget/> for React", () => {
  it("lives as long as it is mounted, and supports strict mode's double mount", async () => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    const onReady = vi.fn<(widget: Widget) => void>();
    const root = createRoot(document.createElement("div"));
    await act(async () =>
      root.render(createElement(StrictMode, null, createElement(ReactWidget, { bff: BFF, onReady }))),
    );
    expect(hosts()).toBe(1);
    expect(onReady).toHaveBeenCalled();
    await act(async () => root.unmount());
    expect(hosts()).toBe(0);
    vi.unstubAllGlobals();
  });
});

describe("options that change", () => {
  const first = { bff: BFF, accent: "#0b5fff", position: "left", strings: { send: "Go" } } as const;
  /** One option is removed, one is added, one is unchanged. */
  const second = { bff: BFF, accent: "#ff0000", locale: "de", strings: { send: "Go" } } as const;

  const host = () => document.querySelector<HTMLElement>(HOST_TAG);
  const look = () => ({
    accent: host()?.style.getPropertyValue("--mailoo-chat-accent"),
    isLeft: host()?.shadowRoot?.querySelector(".left") !== null,
    name: host()?.shadowRoot?.querySelector("button")?.getAttribute("aria-label"),
  });
  const before = { accent: "#0b5fff", isLeft: true, name: "Open chat" };
  const after = { accent: "#ff0000", isLeft: false, name: "Chat öffnen" };

  it("update the same widget through <ChatWidget/> for React; another bff creates another widget", async () => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    const root = createRoot(document.createElement("div"));
    const show = (options: ComponentProps<typeof ReactWidget>) =>
      act(async () => root.render(createElement(StrictMode, null, createElement(ReactWidget, options))));
    await show(first);
    const element = host();
    expect(look()).toEqual(before);
    await show(second);
    await vi.waitFor(() => expect(look()).toEqual(after));
    expect(host()).toBe(element);
    await show({ ...second, bff: "https://other.example.test" });
    expect(look()).toEqual(after);
    expect(host()).not.toBe(element);
    await act(async () => root.unmount());
    vi.unstubAllGlobals();
  });

  it("update the same widget through <ChatWidget/> for Preact; another bff creates another widget", async () => {
    const { rerender, unmount } = render(<PreactWidget {...first} />);
    const element = host();
    expect(look()).toEqual(before);
    rerender(<PreactWidget {...second} />);
    await vi.waitFor(() => expect(look()).toEqual(after));
    expect(host()).toBe(element);
    rerender(<PreactWidget {...second} bff="https://other.example.test" />);
    expect(look()).toEqual(after);
    expect(host()).not.toBe(element);
    unmount();
  });

  it("update the same widget through attributes of <mailoo-chat>; another bff creates another widget", async () => {
    const element = document.createElement("mailoo-chat");
    for (const [name, value] of [
      ["bff", BFF],
      ["accent", "#0b5fff"],
      ["data-position", "left"],
    ] as const)
      element.setAttribute(name, value);
    document.body.append(element);
    const widget = host();
    expect(look()).toEqual(before);
    element.setAttribute("accent", "#ff0000");
    element.removeAttribute("data-position");
    element.setAttribute("locale", "de");
    await vi.waitFor(() => expect(look()).toEqual(after));
    expect(host()).toBe(widget);
    element.setAttribute("bff", "https://other.example.test");
    await vi.waitFor(() => expect(host()).not.toBe(widget));
    expect(look()).toEqual(after);
    element.remove();
    element.setAttribute("accent", "#00ff00");
    await Promise.resolve();
    expect(host()).toBeNull();
  });
});

describe("onReady for React", () => {
  it("is called once per widget, even if each render passes a new function", async () => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    const ready: number[] = [];
    const root = createRoot(document.createElement("div"));
    for (const round of [1, 2, 3]) {
      await act(async () =>
        root.render(createElement(ReactWidget, { bff: BFF, onReady: () => ready.push(round) })),
      );
    }
    expect(ready).toEqual([1]);
    await act(async () =>
      root.render(
        createElement(ReactWidget, { bff: "https://other.example.test", onReady: () => ready.push(4) }),
      ),
    );
    expect(ready).toEqual([1, 4]);
    await act(async () => root.unmount());
    vi.unstubAllGlobals();
  });
});

describe("an inline chat", () => {
  const place = () => document.querySelector(HOST_TAG)?.parentElement;
  const expectIn = (parent: Element | null) => vi.waitFor(() => expect(place()).toBe(parent), 12_000);

  it("renders in place of the Preact component, also with Preact 10", async () => {
    const { container, unmount } = render(
      <main>
        <h1>Help</h1>
        <PreactWidget bff={BFF} mode="inline" />
        <p>By mail</p>
      </main>,
    );
    await expectIn(container.querySelector("h1 + :not(p)"));
    unmount();
    const app = document.body.appendChild(document.createElement("div"));
    preact10.render(preact10.h(PreactWidget as never, { bff: BFF, mode: "inline" }), app);
    await expectIn(app.querySelector("div > *"));
    preact10.render(null, app);
    expect(app.innerHTML).toBe("");
  });

  it("renders in place of the React component, or in the target, which may be added later", async () => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    const app = document.body.appendChild(document.createElement("div"));
    const root = createRoot(app);
    const inline = { bff: BFF, mode: "inline" } as const;
    await act(async () => root.render(createElement(StrictMode, null, createElement(ReactWidget, inline))));
    await expectIn(app.firstElementChild);
    const target = document.body.appendChild(document.createElement("div"));
    await act(async () => root.render(createElement(ReactWidget, { ...inline, target })));
    await expectIn(target);
    expect(app.innerHTML).toBe("");
    await act(async () => root.unmount());
    expect(target.innerHTML).toBe("");
    vi.unstubAllGlobals();
  });

  it("renders inside the custom element, also after the element has moved", async () => {
    const element = document.createElement("mailoo-chat");
    element.setAttribute("bff", BFF);
    element.setAttribute("mode", "inline");
    document.body.append(element);
    await expectIn(element);
    document.body.appendChild(document.createElement("div")).append(element);
    await expectIn(element);
    expect(hosts()).toBe(1);
    element.remove();
    expect(element.innerHTML).toBe("");
  });
});

describe("<mailoo-chat>", () => {
  it("reads its attributes as options, with or without data-", () => {
    const element = document.createElement("mailoo-chat");
    element.setAttribute("bff", BFF);
    element.setAttribute("z-index", "7");
    element.dataset.offsetX = "9";
    document.body.append(element);
    expect(element).toBeInstanceOf(MailooChatElement);
    const style = document.querySelector<HTMLElement>(HOST_TAG)?.style;
    expect(style?.getPropertyValue("--mailoo-chat-z-index")).toBe("7");
    expect(style?.getPropertyValue("--mailoo-chat-offset-x")).toBe("9px");
    expect((element as MailooChatElement).widget?.state.visible).toBe(true);
    element.remove();
    expect((element as MailooChatElement).widget).toBeNull();
  });
});
