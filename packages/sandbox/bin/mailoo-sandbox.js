#!/usr/bin/env node
// Before any other module, which an older Node could not even parse.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`mailoo-sandbox needs Node.js 22.19 or later; this is ${process.versions.node}\n`);
  process.exitCode = 78;
} else {
  import("../dist/main.js");
}
