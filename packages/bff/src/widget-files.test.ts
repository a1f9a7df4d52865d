import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { pickEncoding } from "./http/widget-file-response.ts";
import { loadWidgetFiles } from "./widget-files.ts";

function bundle(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "mailoo-chat-bundle-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

describe("the widget's files", () => {
  it("are compressed once, where the build has not done it", () => {
    const file = loadWidgetFiles(bundle({ "widget.js": "let it = 'be';" })).get("widget.js");
    expect(file?.contentType).toBe("text/javascript; charset=utf-8");
    expect(brotliDecompressSync(file?.br ?? Buffer.alloc(0)).toString()).toBe("let it = 'be';");
    expect(gunzipSync(file?.gzip ?? Buffer.alloc(0)).toString()).toBe("let it = 'be';");
  });

  it("are taken as the build has compressed them", () => {
    const root = bundle({ "widget.js": "x", "widget.js.br": "made by the build" });
    expect(loadWidgetFiles(root).get("widget.js")?.br.toString()).toBe("made by the build");
  });

  it("are kept for ever where their names are hashes, and asked for anew where they are the way out", () => {
    const files = loadWidgetFiles(
      bundle({ "widget.js": "x", "assets/core-1a.js": "y", "v1/core.js": "z", "v1/widget.js": "x" }),
    );
    for (const script of ["widget.js", "v1/widget.js"]) {
      expect(files.get(script)?.cacheControl).toBe("public, max-age=300, must-revalidate");
    }
    expect(files.get("assets/core-1a.js")?.cacheControl).toBe("public, max-age=31536000, immutable");
    expect(files.get("v1/core.js")?.cacheControl).toBe("no-cache");
  });

  it("are nothing but what browsers load", () => {
    const files = loadWidgetFiles(bundle({ "widget.js": "x", "widget.js.map": "{}", "LICENSES.txt": "MIT" }));
    expect(files.size).toBe(1);
    expect(files.get("../widget.js")).toBeUndefined();
    expect(files.get("__proto__")).toBeUndefined();
  });

  it("are none where the bundle is not built", () => {
    expect(loadWidgetFiles("/does/not/exist").size).toBe(0);
    expect(loadWidgetFiles(null).size).toBe(0);
  });
});

describe("the encoding", () => {
  it.each([
    ["gzip, deflate, br, zstd", "br"],
    ["br;q=0, gzip", "gzip"],
    ["gzip;q=0.5", "gzip"],
    ["BR", "br"],
    ["deflate", "identity"],
    ["", "identity"],
    [undefined, "identity"],
  ])("for %j is %s", (accepted, encoding) => {
    expect(pickEncoding(accepted)).toBe(encoding);
  });
});
