import fc from "fast-check";
import { Fragment as PreactFragment, h as preactH, render as preactRender, type VNode } from "preact";
import { describe, expect, it, vi } from "vitest";
import { Fragment, h, render } from "../../src/embed/renderer.ts";

/** A tree as both are given it. */
type Tree = string | boolean | null | readonly Tree[] | Branch;

interface Branch {
  readonly tag: "p" | "div" | "b" | "Fragment" | "Frame";
  readonly key: number | undefined;
  readonly properties: Readonly<Record<string, string | boolean | null>>;
  readonly children: readonly Tree[];
}

/** The two that are held against each other. */
interface Renderer {
  readonly create: typeof preactH;
  readonly fragment: typeof PreactFragment;
  readonly frame: (properties: { readonly children?: unknown }) => VNode;
  readonly render: typeof preactRender;
}

const ours: Renderer = {
  create: h as unknown as typeof preactH,
  fragment: Fragment as unknown as typeof PreactFragment,
  frame: ({ children }) => ours.create("i", { class: "frame" }, children as string) as VNode,
  render: render as unknown as typeof preactRender,
};

const theirs: Renderer = {
  create: preactH,
  fragment: PreactFragment,
  frame: ({ children }) => preactH("i", { class: "frame" }, children as string) as VNode,
  render: preactRender,
};

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("", "one", "two", "<b>", true, false, null),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.record({
      tag: fc.constantFrom("p", "div", "b", "Fragment", "Frame"),
      key: fc.option(fc.nat(4), { nil: undefined }),
      properties: fc.record(
        {
          class: fc.constantFrom("x", "y", null),
          "aria-expanded": fc.boolean(),
          "data-state": fc.constantFrom("sent", "failed"),
          "aria-label": fc.constantFrom("t", null),
          hidden: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      children: fc.array(tie("tree"), { maxLength: 4 }),
    }),
  ) as fc.Arbitrary<Tree>,
}));

/** Keys that occur twice among siblings are dropped: neither promises anything for these. */
function build(renderer: Renderer, node: Tree): string {
  return toNode(node) as string;

  function toNode(tree: Tree): unknown {
    if (tree === null || typeof tree !== "object") return tree;
    if (isList(tree)) return withDistinctKeys(tree).map(toNode);
    const { create, fragment, frame } = renderer;
    const children = withDistinctKeys(tree.children).map(toNode) as string[];
    if (tree.tag === "Fragment") return create(fragment, null, ...children);
    if (tree.tag === "Frame") return create(frame, null, ...children);
    const key = tree.key === undefined ? {} : { key: tree.key };
    return create(tree.tag, { ...tree.properties, ...key }, ...children);
  }
}

function isList(node: Tree): node is readonly Tree[] {
  return Array.isArray(node);
}

function withDistinctKeys(nodes: readonly Tree[]): readonly Tree[] {
  const keys = new Set<unknown>();
  return nodes.map((node) => {
    if (node === null || typeof node !== "object" || isList(node) || node.key === undefined) return node;
    if (keys.has(node.key)) return { ...node, key: undefined };
    keys.add(node.key);
    return node;
  });
}

describe("the renderer of the script tag's file", () => {
  it("draws, redraws and clears whatever it is given as Preact does", () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 5 }), (trees) => {
        const drawn = new Map([ours, theirs].map((renderer) => [renderer, document.createElement("div")]));
        for (const node of [...trees, null]) {
          for (const [renderer, container] of drawn) renderer.render(build(renderer, node), container);
          expect(drawn.get(ours)?.innerHTML).toBe(drawn.get(theirs)?.innerHTML);
        }
      }),
    );
  });

  it("keeps the nodes of keyed siblings, and moves no more of them than it must", () => {
    const container = document.createElement("div");
    const list = (keys: readonly string[]) =>
      ours.create(
        "ul",
        null,
        keys.map((key) => ours.create("li", { key }, key)),
      );
    const items = () =>
      new Map([...container.querySelectorAll("li")].map((item) => [item.textContent, item]));

    ours.render(list(["a", "b", "pending"]), container);
    const before = items();
    const inserted = vi.spyOn(Element.prototype, "insertBefore");
    ours.render(list(["a", "b", "new", "pending"]), container);

    const moved = inserted.mock.calls.map(([node]) => node).filter((node) => node instanceof Element);
    inserted.mockRestore();
    expect(moved).toEqual([items().get("new")]);
    for (const name of ["a", "b", "pending"]) expect(items().get(name)).toBe(before.get(name));
    expect([...items().keys()]).toEqual(["a", "b", "new", "pending"]);
  });

  it("does not look at what it is given a second time", () => {
    const container = document.createElement("div");
    const same = ours.create("p", null, "drawn");
    ours.render(same, container);
    container.firstElementChild?.replaceChildren("by the page");
    ours.render(same, container);
    expect(container.textContent).toBe("by the page");
  });

  it("calls the newest handler only", () => {
    const container = document.createElement("div");
    const [first, second] = [vi.fn(), vi.fn()];
    ours.render(ours.create("button", { onClick: first }), container);
    ours.render(ours.create("button", { onClick: second }), container);
    container.querySelector("button")?.click();
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  });

  it("draws the parts of a picture as such", () => {
    const container = document.createElement("div");
    ours.render(ours.create("svg", { viewBox: "0 0 24 24" }, ours.create("path", { d: "M0 0" })), container);
    expect(container.querySelector("path")?.namespaceURI).toBe("http://www.w3.org/2000/svg");
    expect(container.querySelector("svg")?.getAttribute("viewBox")).toBe("0 0 24 24");
  });

  it("leaves a translated text alone until there is something new to say, and says that once", () => {
    const container = document.createElement("div");
    const paragraph = (text: string) => ours.create("p", { class: text }, text);
    ours.render(paragraph("Sending"), container);
    const wrapper = document.createElement("font");
    wrapper.textContent = "Wird gesendet";
    container.querySelector("p")?.firstChild?.replaceWith(wrapper);

    ours.render(paragraph("Sending"), container);
    expect(container.textContent).toBe("Wird gesendet");
    ours.render(paragraph("Sent"), container);
    expect(container.textContent).toBe("Sent");
  });

  it("leaves alone what others have put into its container", () => {
    const container = document.createElement("div");
    container.append("theirs");
    ours.render(ours.create("p", null, "ours"), container);
    ours.render(null, container);
    expect(container.textContent).toBe("theirs");
  });
});
