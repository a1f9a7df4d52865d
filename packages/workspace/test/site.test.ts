import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startSite } from "../src/demo/start-site.ts";

async function createDirectory(files: Readonly<Record<string, string>>) {
  const path = await mkdtemp(join(tmpdir(), "mailoo-site-"));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("serves pages with the texts replaced, and other files as they are", async () => {
  await using directory = await createDirectory({
    "index.html": "<b>__X__</b>",
    "style.css": "a{}/*__X__*/",
  });
  await using site = await startSite({ directory: directory.path, substitutions: { __X__: "y" } });
  const page = await fetch(`http://127.0.0.1:${site.port}/`);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(await page.text()).toBe("<b>y</b>");
  const style = await fetch(`http://127.0.0.1:${site.port}/style.css`);
  expect(await style.text()).toBe("a{}/*__X__*/");
});

test("nothing outside its directory can be reached", async () => {
  await using directory = await createDirectory({ "index.html": "" });
  await using site = await startSite({ directory: directory.path, substitutions: {} });
  for (const path of ["/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/absent.html"]) {
    expect((await fetch(`http://127.0.0.1:${site.port}${path}`)).status).toBe(404);
  }
});
