import { expect, it } from "vitest";
import { pathOf } from "./routed-request.ts";

it.each([
  ["/submit", "/submit"],
  ["/messages?wait=25", "/messages"],
  ["/messages?since=/status", "/messages"],
  ["/status#top", "/status"],
  ["/?", "/"],
  ["http://chat.example.com/status?now", "/status"],
  ["*", "*"],
])("the path of %s is %s", (url, path) => {
  expect(pathOf({ url })).toBe(path);
});
