#!/usr/bin/env node
// Plain JavaScript, and before any other module: an older Node could not even parse the others.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 19)) {
  import("../dist/main.js");
} else {
  // Only a clone of the repository has this file.
  import("../../workspace/bin/run-by-newer-node.js")
    .then(({ runByNewerNode }) => runByNewerNode(import.meta.url))
    .catch(() => {
      process.stderr.write(
        `mailoo-chat-bff needs Node.js 22.19 or later; this is ${process.versions.node}\n`,
      );
      process.exitCode = 78;
    });
}
