// @vitest-environment node
import { describe, expect, it } from "vitest";

describe("on a server", () => {
  it.each(["index.ts", "client/index.ts", "preact.tsx", "react.ts", "element.ts"])(
    "importing %s does nothing and throws nothing",
    async (entry) => {
      expect(globalThis.document).toBeUndefined();
      const before = Object.keys(globalThis).sort();
      expect(Object.keys(await import(`../../src/${entry}`))).not.toEqual([]);
      expect(Object.keys(globalThis).sort()).toEqual(before);
    },
  );

  it("renders the components as nothing", async () => {
    const { ChatWidget } = await import("../../src/react.ts");
    const { createElement } = await import("react");
    const { renderToString } = await import("react-dom/server");
    expect(renderToString(createElement(ChatWidget, { bff: "https://chat.example.test" }))).toBe("");
    // The container of an inline chat.
    const inline = createElement(ChatWidget, { bff: "https://chat.example.test", mode: "inline" });
    expect(renderToString(inline)).toBe("<span></span>");
  });
});
