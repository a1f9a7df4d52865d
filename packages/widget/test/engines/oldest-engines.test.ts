// @vitest-environment node
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findNewScriptFeatures, membersOf, textsOf } from "./find-new-script-features.ts";
import { findNewStyleFeatures, isStyleSheet } from "./find-new-style-features.ts";

const DIST = join(import.meta.dirname, "../../dist");

/** Names from the BFF's responses and routes, which no script defines. */
const PROTOCOL_MEMBERS = ["limits", "session"];

/** New members whose feature checks the search does not recognise. */
const ASKED_FOR = new Set([
  // Preact: `parentDom.moveBefore && …`, and `insertBefore` otherwise.
  "….moveBefore",
  // @noble/hashes: `typeof ….toHex === "function"`, and its own loop otherwise.
  "….toHex",
  // linkifyjs: a function that it defines itself.
  "….scan",
]);

/** Optional features: an engine without them shows a working widget. */
const OPTIONAL_FEATURES = new Set([
  // Without it the launcher uses the system's forced colours.
  "forced-color-adjust",
  "forced-color-adjust: none",
  // Only Safari on phones highlights tapped elements.
  "-webkit-tap-highlight-color",
  // Without it bold text in the welcome message is only as heavy as the font allows.
  ":has",
  // Without it the panel does not fade in when it opens for the first time.
  "@starting-style",
  // Without it lines wrap without balancing.
  "text-wrap",
  "text-wrap: pretty",
]);

describe("the search for features that the oldest engines lack", () => {
  it.each([
    ["Object.groupBy(list, of)", ["Object.groupBy"]],
    ["const { promise } = Promise.withResolvers()", ["Promise.withResolvers"]],
    ["new Set(one).union(other)", ["….union"]],
    ["list.toSorted()", ["….toSorted"]],
    ["window.navigation.reload()", ["window.navigation"]],
    ["element.togglePopover()", ["….togglePopover"]],
    ["new CloseWatcher()", ["CloseWatcher"]],
    ["AbortSignal.any([one, other])", ["AbortSignal.any"]],
    ["using file = open()", ["syntax: Unexpected token (1:6)"]],
    ["/[\\p{L}--[a-z]]/v", ["syntax: Invalid regular expression flag (1:1)"]],
  ])("finds in %s: %j", (code, found) => {
    expect(findNewScriptFeatures(code)).toEqual(found);
  });

  it.each([
    "window.navigation?.addEventListener('x', y)",
    "typeof CloseWatcher === 'function'",
    "if (window.navigation) listen()",
    "navigator.userActivation?.isActive",
    "Object.fromEntries(list.flat().at(-1)); navigator.locks.request('x', y)",
    "class Path2D {} class Notes { union() {} }; function CloseWatcher() {}; CloseWatcher()",
  ])("finds nothing in %s", (code) => {
    expect(findNewScriptFeatures(code)).toEqual([]);
  });

  it.each([
    [".a { &:hover { color: red } }", ["&", "a rule in a rule"]],
    [".a { color: light-dark(red, blue) }", ["light-dark()"]],
    [".a { text-wrap: balance }", ["text-wrap", "text-wrap: balance"]],
    [".a:popover-open { top: 0 }", [":popover-open"]],
    ["@starting-style { .a { opacity: 0 } }", ["@starting-style"]],
    ["@media (prefers-reduced-transparency) { .a { top: 0 } }", ["(prefers-reduced-transparency)"]],
    [".a { animation-timeline: scroll() }", ["animation-timeline", "scroll()"]],
    ["@supports (color: lch(from red l c h)) { .a { color: lch(from red l c h) } }", []],
    [".a { display: flex; inset: 0; color: rgb(0 0 0 / 50%) } @media print { b { top: 0 } }", []],
  ])("finds in %s: %j", (css, found) => {
    expect(isStyleSheet(css)).toBe(true);
    expect(findNewStyleFeatures(css)).toEqual(found);
  });
});

describe("the built widget", () => {
  const scripts = globSync("**/*.js", { cwd: DIST })
    .sort()
    .map((file) => ({ file, code: readFileSync(join(DIST, file), "utf8") }));
  const ownMembers = new Set([...scripts.flatMap(({ code }) => membersOf(code)), ...PROTOCOL_MEMBERS]);

  it("contains the loader's style sheet", () => {
    const loader = scripts.find(({ file }) => file === join("embed", "widget.js"));
    expect(textsOf(loader?.code ?? "").filter(isStyleSheet)).toHaveLength(1);
  });

  it("uses no script features newer than the oldest engines", () => {
    const found = scripts.flatMap(({ file, code }) =>
      findNewScriptFeatures(code, ownMembers)
        .filter((feature) => !ASKED_FOR.has(feature))
        .map((feature) => `${feature} in ${file}`),
    );
    expect(found).toEqual([]);
  });

  it("uses no style features newer than the oldest engines", () => {
    const found = scripts.flatMap(({ file, code }) =>
      textsOf(code)
        .filter(isStyleSheet)
        .flatMap(findNewStyleFeatures)
        .filter((feature) => !OPTIONAL_FEATURES.has(feature))
        .map((feature) => `${feature} in ${file}`),
    );
    expect(found).toEqual([]);
  });
});
