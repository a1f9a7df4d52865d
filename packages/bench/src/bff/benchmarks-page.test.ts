import { expect, it } from "vitest";
import { withFigures } from "./benchmarks-page.ts";

const PAGE =
  "# Words\n\n<!-- figures: pnpm bench:bff --write -->\n\nold\n\n<!-- end of figures -->\n\nMore words.\n";

it("replaces only the text between the marks", () => {
  expect(withFigures(PAGE, "| new |")).toBe(PAGE.replace("old", "| new |"));
});

it("throws if the marks are missing", () => {
  expect(() => withFigures("# Words\n", "| new |")).toThrow("the page lacks");
});
