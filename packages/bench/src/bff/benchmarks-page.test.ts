import { expect, it } from "vitest";
import { withFigures } from "./benchmarks-page.ts";

const PAGE =
  "# Words\n\n<!-- figures: pnpm bench:bff --write -->\n\nold\n\n<!-- end of figures -->\n\nMore words.\n";

it("replaces what stands between the marks and nothing else", () => {
  expect(withFigures(PAGE, "| new |")).toBe(PAGE.replace("old", "| new |"));
});

it("says so where the marks are gone", () => {
  expect(() => withFigures("# Words\n", "| new |")).toThrow("the page lacks");
});
