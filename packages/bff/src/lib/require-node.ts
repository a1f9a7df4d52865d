// The first import of `index.ts`: on an older Node, importing undici fails with an error that names neither package nor
// version. On a supported one, this does nothing.

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  throw new Error(`@mailoo-chat/bff needs Node.js 22.19 or later; this is ${process.versions.node}`);
}
