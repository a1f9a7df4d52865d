import { expect, it, vi } from "vitest";
import type { ChatWidgetOptions } from "../api/options.ts";
import { warnOfOptions } from "./warn-of-options.ts";

const options = {
  bff: "https://chat.example.com",
  position: "top",
  theme: "auto",
  // A template may leave it empty.
  title: undefined,
  acent: "#f00",
  colour: "#f00",
  zindex: "7",
  startOpne: "",
  teaserDelayMss: "1",
  them: "dark",
  turboTrack: "reload",
  cfBeacon: "{}",
  id: "1",
  src: "x",
};

it("warns of values that are not used and of misspelt names, and leaves others' attributes alone", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  warnOfOptions(options as unknown as ChatWidgetOptions);
  await Promise.resolve();
  const names = warned.mock.calls.map(([text]) => /"(.*?)"/.exec(`${text}`)?.[1]);
  expect(names).toEqual(["position", "acent", "zindex", "startOpne", "teaserDelayMss", "them"]);
  warned.mockRestore();
});
