import { render } from "@testing-library/preact";
import { useRef } from "preact/hooks";
import { describe, expect, it } from "vitest";
import type { TimelineEntry } from "../../client/chat-client.ts";
import { useStickToBottom } from "./use-stick-to-bottom.ts";

const HEIGHT_PX = 400;

let contentPx = 0;

function Log({
  timeline,
  isOpen,
}: {
  readonly timeline: readonly TimelineEntry[];
  readonly isOpen: boolean;
}) {
  const ref = useRef<HTMLDivElement>(null);
  const { hasMissed, toEnd } = useStickToBottom(ref, timeline, isOpen);
  contentPx = 100 * timeline.length;
  return (
    <>
      <div ref={ref} id="log" />
      {hasMissed && <button type="button" onClick={toEnd} />}
    </>
  );
}

/** A log of messages, 100 px each, inside a shadow root like the panel's. */
function createScene() {
  const container = document.createElement("div").attachShadow({ mode: "open" });
  contentPx = 0;
  // The test DOM has no layout: the log's height is computed from its messages.
  const { prototype } = HTMLElement;
  Object.defineProperties(prototype, {
    scrollHeight: { get: () => contentPx, configurable: true },
    clientHeight: { get: () => HEIGHT_PX, configurable: true },
  });
  const view = render(<Log timeline={[]} isOpen />, { container: container as unknown as Element });
  const log = container.querySelector("#log") as HTMLElement;

  return {
    show(timeline: readonly TimelineEntry[], isOpen = true) {
      view.rerender(<Log timeline={timeline} isOpen={isOpen} />);
    },
    scrollTo(topPx: number) {
      log.scrollTop = topPx;
      log.dispatchEvent(new Event("scroll"));
    },
    get topPx() {
      return log.scrollTop;
    },
    isEndInSight: () => log.scrollTop + HEIGHT_PX >= contentPx,
    button: () => container.querySelector("button"),
    [Symbol.dispose]() {
      view.unmount();
      Reflect.deleteProperty(prototype, "scrollHeight");
      Reflect.deleteProperty(prototype, "clientHeight");
    },
  };
}

const toMessages = (count: number, author: TimelineEntry["author"] = "owner"): TimelineEntry[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `m${index}`,
    id: `m${index}`,
    author,
    authorName: null,
    content: "Hello",
    createdAtMs: 0,
    state: "sent",
    failure: null,
  }));

describe("useStickToBottom", () => {
  it("keeps the newest message visible while the visitor is at the bottom", () => {
    using scene = createScene();
    scene.show(toMessages(10));
    scene.show(toMessages(11));
    expect(scene.isEndInSight()).toBe(true);
    expect(scene.button()).toBeNull();
  });

  it("keeps the scroll position of a visitor who has scrolled up, and offers a button to the bottom", async () => {
    using scene = createScene();
    scene.show(toMessages(10));
    scene.scrollTo(100);
    scene.show(toMessages(11));
    scene.show(toMessages(11));
    expect(scene.topPx).toBe(100);
    scene.button()?.click();
    expect(scene.isEndInSight()).toBe(true);
  });

  it("scrolls to the visitor's own message from any position", () => {
    using scene = createScene();
    scene.show(toMessages(10));
    scene.scrollTo(100);
    scene.show([...toMessages(10), { ...(toMessages(1, "visitor")[0] as TimelineEntry), key: "own" }]);
    expect(scene.isEndInSight()).toBe(true);
  });

  it("does not move the scroll when the same messages are rendered again", () => {
    using scene = createScene();
    const timeline = toMessages(10);
    scene.show(timeline);
    scene.scrollTo(590);
    scene.show(timeline);
    expect(scene.topPx).toBe(590);
  });
});
