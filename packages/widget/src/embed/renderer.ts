import type { VNode } from "preact";

/**
 * What the panel needs of Preact, for the script tag's file: the build puts this module in Preact's place there. The
 * panel's state is outside of its components, so these are plain functions of their properties, called at once; what
 * remains to be done is to bring a tree of elements up to date. Whoever installs the package draws the same components
 * with Preact itself, and a test holds the two against each other.
 *
 * Left out: state and lifecycle of components, hooks, context, refs, `style` objects, `dangerouslySetInnerHTML`. Event
 * handlers are the element's own (`onclick`), all other properties are attributes.
 */
export { drawFragment as Fragment, render, toElement as h };

interface Properties {
  readonly key?: unknown;
  readonly [name: string]: unknown;
}

/** What may stand among children. Nothing is drawn for null, undefined and booleans; they keep their place. */
type Child = ElementNode | string | boolean | null | undefined | readonly Child[];

interface ElementNode {
  readonly tag: string;
  readonly key: unknown;
  readonly properties: Properties;
  readonly children: readonly Child[];
}

type Drawable = ElementNode | string;

/** A child, the node that shows it, and where among its siblings. */
interface Drawn {
  readonly child: Drawable;
  readonly node: Element | Text;
  readonly inner?: Siblings;
  readonly index: number;
}

/** By name: the key where there is one, else the place. In the order of the page. */
type Siblings = Map<string, Drawn>;

const SVG = "http://www.w3.org/2000/svg";

const roots = new WeakMap<Element, Siblings>();

function toElement(
  type: string | ((properties: Properties) => Child),
  properties: Properties | null,
  ...children: Child[]
): Child {
  return typeof type === "function"
    ? type({ ...properties, children })
    : { tag: type, key: properties?.key, properties: properties ?? {}, children };
}

function drawFragment({ children }: Properties): Child {
  return children as Child;
}

/** Brings what stands in a container up to date. What others have put there stays as it is. */
function render(child: VNode | null, container: Element): void {
  roots.set(container, updateChildren(container, roots.get(container), [child as Child]));
}

function updateChildren(
  parent: Element,
  before: Siblings | undefined = new Map(),
  children: readonly Child[],
): Siblings {
  const now: Siblings = new Map();
  const wanted = nameChildren(children);
  for (const [name, { child, node }] of before) {
    if (node.parentNode === parent) {
      if (!wanted.has(name)) node.remove();
    } else if (wanted.get(name) !== child) {
      // A page's translator has put its own element in place of ours: it stays until there is something new to say.
      parent.replaceChildren();
      before.clear();
    }
  }
  let last: Node | undefined;
  let reach = -1;
  for (const [name, child] of wanted) {
    const old = before.get(name);
    const drawn = { ...updateChild(parent, old, child), index: now.size };
    now.set(name, drawn);
    // Those who have kept their order stay where they are: moved, they would be read out again.
    if (old && old.index > reach) reach = old.index;
    else parent.insertBefore(drawn.node, last ? last.nextSibling : parent.firstChild);
    last = drawn.node;
  }
  return now;
}

/** A flat list of what is to be drawn, by name. */
function nameChildren(children: readonly Child[], path = "", wanted = new Map<string, Drawable>()) {
  children.forEach((child, index) => {
    if (Array.isArray(child)) nameChildren(child, `${path}${index}.`, wanted);
    else if (isDrawable(child)) {
      const { key, tag } = typeof child === "string" ? {} : child;
      wanted.set(`${path}${key == null ? index : `#${key}`}${tag}`, child);
    }
  });
  return wanted;
}

function isDrawable(child: Child): child is Drawable {
  return child != null && typeof child !== "boolean";
}

function updateChild(parent: Element, old: Drawn | undefined, child: Drawable): Omit<Drawn, "index"> {
  // The very same: nothing in it has changed.
  if (old?.child === child) return old;
  if (typeof child === "string") {
    const text = (old?.node as Text | undefined) ?? new Text();
    text.data = child;
    return { child, node: text };
  }
  const { tag, properties, children } = child;
  const element =
    (old?.node as Element | undefined) ??
    document.createElementNS(tag === "svg" ? SVG : parent.namespaceURI, tag);
  const known = (old?.child as ElementNode | undefined)?.properties ?? {};
  for (const name of Object.keys({ ...known, ...properties })) {
    if (properties[name] !== known[name]) setProperty(element, name, properties[name]);
  }
  return { child, node: element, inner: updateChildren(element, old?.inner, children) };
}

function setProperty(element: Element, name: string, value: unknown): void {
  if (name.startsWith("on")) (element as unknown as Record<string, unknown>)[name.toLowerCase()] = value;
  // Only an `aria-` or `data-` attribute can say "false".
  else if (value == null || (value === false && name[4] !== "-")) element.removeAttribute(name);
  else if (name !== "key") element.setAttribute(name, value === true && name[4] !== "-" ? "" : `${value}`);
}
