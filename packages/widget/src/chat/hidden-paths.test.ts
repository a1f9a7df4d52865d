import { expect, it } from "vitest";
import { matchesPath } from "./hidden-paths.ts";

it.each([
  ["/checkout*,/login", "/checkout/pay", true],
  ["/checkout*, /login", "/login", true],
  ["/checkout", "/checkout/pay", false],
  ["/café", "/caf%C3%A9", true],
  ["/cafe\u0301", "/caf%C3%A9", true],
  ["/caf%c3%a9", "/caf%C3%A9", true],
  ["/помощь/*", "/%D0%BF%D0%BE%D0%BC%D0%BE%D1%89%D1%8C/1", true],
  ["/my page", "/my%20page", true],
  ["/100%", "/100%25", true],
  ["/caf%E9", "/caf%E9", true],
  ["/a.c", "/abc", false],
  ["*", "/", true],
  ["", "/", false],
])("hideOn %j matches %s: %s", (patterns, path, expected) => {
  expect(matchesPath(patterns, path)).toBe(expected);
});
