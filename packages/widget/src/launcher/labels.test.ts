import { describe, expect, it } from "vitest";
import { launcherLabel } from "./labels.ts";

describe("launcherLabel", () => {
  it("returns the label of the first, the last and a regional locale", () => {
    expect(["en", "de", "pt-BR", "zh-TW", "fi"].map(launcherLabel)).toEqual([
      "Open chat",
      "Chat öffnen",
      "Abrir chat",
      "開啟聊天",
      "Avaa chat",
    ]);
  });

  it.each(["", "xx", "constructor", "p", "Op"])("returns no label for %j", (locale) => {
    expect(launcherLabel(locale)).toBeUndefined();
  });
});
