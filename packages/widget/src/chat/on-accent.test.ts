import { describe, expect, it } from "vitest";
import { isLight } from "./on-accent.ts";

describe("isLight", () => {
  it("gives text AA contrast on every colour", () => {
    for (let red = 0; red <= 255; red += 5) {
      for (let green = 0; green <= 255; green += 5) {
        for (let blue = 0; blue <= 255; blue += 5) {
          const rgb = [red, green, blue];
          expect(contrast(luminance(rgb), isLight(rgb) ? 0 : 1)).toBeGreaterThanOrEqual(4.5);
        }
      }
    }
  });
});

/** As WCAG 2.2 defines it. */
function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
